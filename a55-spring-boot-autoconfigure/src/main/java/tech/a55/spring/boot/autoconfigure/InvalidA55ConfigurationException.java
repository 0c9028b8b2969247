package tech.a55.spring.boot.autoconfigure;

/**
 * Thrown if the configuration of the A55 client is invalid.
 */
@SuppressWarnings("serial")
final class InvalidA55ConfigurationException extends IllegalArgumentException {

	private final String action;

	InvalidA55ConfigurationException(String description, String action) {
		super(description);
		this.action = action;
	}

	String getAction() {
		return this.action;
	}

}
