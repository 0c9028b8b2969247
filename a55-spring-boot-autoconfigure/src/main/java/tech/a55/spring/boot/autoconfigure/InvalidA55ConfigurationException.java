package tech.a55.spring.boot.autoconfigure;

/**
 * Thrown when the A55 client cannot be used as it is configured.
 */
@SuppressWarnings("serial")
final class InvalidA55ConfigurationException extends RuntimeException {

	private final String action;

	InvalidA55ConfigurationException(String description, String action) {
		super(description);
		this.action = action;
	}

	String getAction() {
		return this.action;
	}

}
