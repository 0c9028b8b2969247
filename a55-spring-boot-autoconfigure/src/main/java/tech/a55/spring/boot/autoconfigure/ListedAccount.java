package tech.a55.spring.boot.autoconfigure;

import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * What the property sources list below {@code a55.clients.<name>}. Boot ignores case and
 * hyphens, and an environment variable cannot show them, so names that differ in nothing
 * else are one account. Its name is the one that is not of a variable.
 */
final class ListedAccount {

	private static final ConfigurationPropertyName CLIENTS = ConfigurationPropertyName.of("a55.clients");

	private static final int NAME = CLIENTS.getNumberOfElements();

	private static final Set<String> PLAIN = Set.of("clientid", "clientsecret", "baseurl", "tokenuri");

	private final Map<String, Object> values = new HashMap<>();

	private String name;

	private boolean ofVariable;

	private ListedAccount(String name) {
		this.name = name;
	}

	/**
	 * Find all accounts in alphabetical order, also those whose names or values are not
	 * valid.
	 */
	static Collection<ListedAccount> findAll(Environment environment) {
		Map<String, ListedAccount> accounts = new TreeMap<>();
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			if (source instanceof IterableConfigurationPropertySource iterable) {
				boolean variables = source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
				for (ConfigurationPropertyName property : iterable) {
					if (CLIENTS.isAncestorOf(property) && property.getNumberOfElements() > NAME + 1) {
						add(property, source, variables, accounts);
					}
				}
			}
		}
		return accounts.values();
	}

	private static void add(ConfigurationPropertyName property, ConfigurationPropertySource source, boolean variable,
			Map<String, ListedAccount> accounts) {
		String name = variable ? nameOfVariable(property) : name(property);
		ListedAccount account = accounts.computeIfAbsent(name.replace("-", "").toLowerCase(Locale.ROOT),
				(uniform) -> new ListedAccount(name));
		if (variable) {
			account.ofVariable = true;
		}
		else {
			account.name = account.values.isEmpty() ? name : account.name;
			String key = property.getLastElement(Form.UNIFORM);
			ConfigurationProperty value = source.getConfigurationProperty(property);
			account.values.putIfAbsent(key, (value != null) ? value.getValue() : "");
		}
	}

	private static String name(ConfigurationPropertyName property) {
		int end = property.getNumberOfElements() - (property.isLastElementIndexed() ? 2 : 1);
		return join(property, Math.max(end, NAME + 1), ".");
	}

	/**
	 * A variable shows a hyphen of a name, and that of {@code client-id}, as an
	 * underscore, or leaves them out: A55_CLIENTS_MY_SHOP_CLIENT_ID.
	 */
	private static String nameOfVariable(ConfigurationPropertyName property) {
		int end = property.getNumberOfElements() - (property.isLastElementIndexed() ? 2 : 1);
		boolean hyphen = end > NAME + 1
				&& PLAIN.contains(property.getElement(end - 1, Form.UNIFORM) + property.getElement(end, Form.UNIFORM));
		return join(property, Math.max(hyphen ? end - 1 : end, NAME + 1), "-");
	}

	private static String join(ConfigurationPropertyName property, int end, String delimiter) {
		StringBuilder name = new StringBuilder(property.getElement(NAME, Form.ORIGINAL));
		for (int i = NAME + 1; i < end; i++) {
			name.append(delimiter).append(property.getElement(i, Form.ORIGINAL));
		}
		return name.toString();
	}

	String name() {
		return this.name;
	}

	/**
	 * Whether the values found are all that there is. Otherwise a variable may have
	 * others, or a source that does not list its keys.
	 */
	boolean isPlain() {
		return !this.ofVariable && PLAIN.containsAll(this.values.keySet()) && this.values.containsKey("clientid")
				&& this.values.containsKey("clientsecret");
	}

	@Nullable String value(String key, Environment environment) {
		Object value = this.values.get(key);
		return (value != null) ? environment.resolvePlaceholders(value.toString()) : null;
	}

}
