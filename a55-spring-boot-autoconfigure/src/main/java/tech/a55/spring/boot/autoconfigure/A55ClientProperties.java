package tech.a55.spring.boot.autoconfigure;

import java.util.List;
import java.util.Locale;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import tech.a55.spring.boot.token.AccountName;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * What differs between accounts.
 *
 * @param clientId client ID of the account, from A55's onboarding
 * @param clientSecret client secret of the account, which is checked, but not kept
 * @param baseUrl root URL of the API, if it is not that of {@code a55.base-url}
 * @param tokenUri token endpoint, if it is not that of {@code a55.token-uri}
 * @param scopes scopes to request, if they are not those of {@code a55.scopes}
 */
record A55ClientProperties(@Nullable String clientId, @Nullable String clientSecret, @Nullable String baseUrl,
		@Nullable String tokenUri, @Nullable List<String> scopes) {

	/**
	 * Boot's binder needs a good part of a millisecond for each account, so it reads only
	 * those that have more than plain values.
	 */
	static A55ClientProperties read(ListedAccount account, Environment environment) {
		if (account.isPlain()) {
			return new A55ClientProperties(account.value("clientid", environment),
					account.value("clientsecret", environment), account.value("baseurl", environment),
					account.value("tokenuri", environment), null);
		}
		return Binder.get(environment)
			.bind("a55.clients." + account.name().toLowerCase(Locale.ROOT), A55ClientProperties.class)
			.orElseGet(() -> new A55ClientProperties(null, null, null, null, null));
	}

	/**
	 * Return the properties with what they inherit, and without the secret.
	 */
	A55ClientProperties checked(AccountName account, A55ClientProperties inherited) {
		String clientId = PropertyChecks.requireCredential(account.property("client-id"), this.clientId);
		PropertyChecks.requireCredential(account.property("client-secret"), this.clientSecret);
		if (this.baseUrl != null) {
			PropertyChecks.requireSecureUrl(account.property("base-url"), this.baseUrl);
		}
		if (this.tokenUri != null) {
			PropertyChecks.requireSecureUrl(account.property("token-uri"), this.tokenUri);
		}
		if (this.scopes != null) {
			PropertyChecks.requireScopes(account.property("scopes"), this.scopes);
		}
		return new A55ClientProperties(clientId, null, Objects.requireNonNullElse(this.baseUrl, inherited.baseUrl),
				Objects.requireNonNullElse(this.tokenUri, inherited.tokenUri),
				Objects.requireNonNullElse(this.scopes, inherited.scopes));
	}

	@Override
	public String toString() {
		return "A55ClientProperties";
	}

}
