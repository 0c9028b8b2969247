package tech.a55.spring.boot.autoconfigure;

/**
 * Thrown when an {@code a55.*} property has a value that cannot be used.
 */
@SuppressWarnings("serial")
final class InvalidA55PropertyException extends RuntimeException {

	private final String action;

	InvalidA55PropertyException(String property, String problem, String action) {
		super("The configuration property '" + property + "' " + problem + ".");
		this.action = action;
	}

	String getAction() {
		return this.action;
	}

}
