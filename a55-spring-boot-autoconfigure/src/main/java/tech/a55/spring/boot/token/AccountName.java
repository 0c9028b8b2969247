package tech.a55.spring.boot.token;

/**
 * The name of an account, and what follows from it.
 *
 * @param name the name, {@value #DEFAULT} for the account of {@code a55.client-id}
 * @param only whether the application has no other account, so that messages need not
 * name it
 * @since 0.1.0
 */
public record AccountName(String name, boolean only) {

	/**
	 * The name of the account that {@code a55.client-id} belongs to.
	 */
	public static final String DEFAULT = "default";

	private boolean isDefault() {
		return DEFAULT.equals(this.name);
	}

	/**
	 * Return the id of the client registration.
	 * @return the id
	 */
	public String registrationId() {
		return isDefault() ? "a55" : "a55-" + this.name;
	}

	/**
	 * Return the name of a property of the account.
	 * @param key the last part of the name
	 * @return the whole name
	 */
	public String property(String key) {
		return (isDefault() ? "a55." : "a55.clients." + this.name + ".") + key;
	}

	/**
	 * Return what a message says to use in place of a client that blocks.
	 * @return the bean, or the account
	 */
	public String webClient() {
		return isDefault() ? "WebClient bean 'a55WebClient'" : "WebClient of the A55 account '" + this.name + "'";
	}

	String label() {
		return this.only ? "A55" : "the A55 account '" + this.name + "'";
	}

	/**
	 * Return the account as the end of a phrase, or nothing if there is no other account.
	 * @param preposition the word before the account
	 * @return an empty string, or the words after a space
	 */
	public String phrase(String preposition) {
		return this.only ? "" : " " + preposition + " account '" + this.name + "'";
	}

}
