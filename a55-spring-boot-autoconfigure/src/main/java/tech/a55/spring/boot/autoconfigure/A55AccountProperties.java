package tech.a55.spring.boot.autoconfigure;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import tech.a55.spring.boot.token.AccountName;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.annotation.RegisterReflection;
import org.springframework.core.env.Environment;

/**
 * The properties of all accounts, checked, and with what they inherit.
 */
@RegisterReflection(classes = A55ClientProperties.class, memberCategories = MemberCategory.INVOKE_DECLARED_CONSTRUCTORS)
final class A55AccountProperties {

	private static final Log logger = LogFactory.getLog(A55AccountProperties.class);

	private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*");

	private final Map<String, A55ClientProperties> accounts = new LinkedHashMap<>();

	A55AccountProperties(A55Properties properties, Environment environment) {
		A55ClientProperties inherited = new A55ClientProperties(properties.getClientId(), null,
				properties.getBaseUrl().toString(), properties.getTokenUri().toString(), properties.getScopes());
		if (inherited.clientId() != null) {
			this.accounts.put(AccountName.DEFAULT, inherited);
		}
		for (ListedAccount listed : ListedAccount.findAll(environment)) {
			String name = requireName(listed.name());
			this.accounts.put(name,
					A55ClientProperties.read(listed, environment).checked(new AccountName(name, false), inherited));
		}
		Map<@Nullable String, String> clientIds = new HashMap<>();
		this.accounts.forEach((name, account) -> clientIds.merge(account.clientId(), name, (one, other) -> {
			logger.debug(
					"The A55 accounts '" + one + "' and '" + other + "' have one client ID, and share its rate limit");
			return one;
		}));
	}

	private static String requireName(String name) {
		if (AccountName.DEFAULT.equalsIgnoreCase(name)) {
			throw PropertyChecks.invalid("a55.clients",
					"has an account '" + name + "', and that name is reserved for the account of 'a55.client-id'",
					"Give the account another name, or set 'a55.client-id' and 'a55.client-secret' in its place.");
		}
		if (!NAME.matcher(name).matches()) {
			throw PropertyChecks.invalid("a55.clients",
					"has an account '" + name
							+ "', and that name does not consist of letters, digits and single hyphens",
					"Give the account another name.");
		}
		return name;
	}

	/**
	 * Return the names, {@code default} first.
	 */
	Set<String> names() {
		return Collections.unmodifiableSet(this.accounts.keySet());
	}

	A55ClientProperties get(String name) {
		return Objects.requireNonNull(this.accounts.get(name));
	}

	AccountName name(String name) {
		return new AccountName(name, this.accounts.size() == 1);
	}

}
