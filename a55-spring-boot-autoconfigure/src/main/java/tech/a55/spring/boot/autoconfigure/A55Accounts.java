package tech.a55.spring.boot.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import tech.a55.spring.boot.client.A55ClientConfigurer;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.AccountName;
import tech.a55.spring.boot.token.CachedOAuth2AuthorizedClientManager;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.util.Assert;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * The accounts of the application, each made when it is first used. The default account
 * consists of beans. Thread-safe.
 */
final class A55Accounts implements DisposableBean {

	private final A55AccountProperties properties;

	private final A55ClientFactory factory;

	private final BeanFactory beanFactory;

	private final Map<String, A55Account> used = new ConcurrentHashMap<>();

	private final List<Consumer<A55Account>> listeners = new ArrayList<>();

	private volatile boolean closed;

	A55Accounts(A55AccountProperties properties, A55ClientFactory factory, BeanFactory beanFactory) {
		this.properties = properties;
		this.factory = factory;
		this.beanFactory = beanFactory;
	}

	Set<String> names() {
		return this.properties.names();
	}

	/**
	 * Return the account of the given name, or throw an exception that lists all names.
	 * @param name the name of the account
	 * @param user the sentence that says who needs the account, or an empty string
	 */
	A55Account get(String name, String user) {
		Assert.state(!this.closed, "The application context is closed, and the A55 clients with it");
		A55Account account = this.used.get(name);
		if (account != null) {
			return account;
		}
		if (!names().contains(name)) {
			throw new InvalidA55ConfigurationException(
					user + "There is no A55 account '" + name + "', but there are: " + String.join(", ", names()) + ".",
					"Correct the name, or set '" + name(name).property("client-id") + "' and '"
							+ name(name).property("client-secret") + "'.");
		}
		return use(name, AccountName.DEFAULT.equals(name) ? defaultAccount() : newAccount(name));
	}

	/**
	 * The account is made before this, because beans that it needs may need a lock of
	 * their own.
	 */
	private synchronized A55Account use(String name, A55Account made) {
		A55Account account = this.used.putIfAbsent(name, made);
		if (account != null) {
			return account;
		}
		if (this.closed) {
			made.accessTokens().destroy();
		}
		if (!AccountName.DEFAULT.equals(name)) {
			this.listeners.forEach((listener) -> listener.accept(made));
		}
		return made;
	}

	private A55Account newAccount(String name) {
		AccessTokenCache accessTokens = this.factory.accessTokens(name, this.factory.registration(name));
		A55ClientConfigurer configurer = this.factory.configurer(accessTokens);
		return new A55Account(configurer, () -> this.factory.webClient(configurer),
				() -> this.factory.restClient(configurer), () -> new CachedOAuth2AuthorizedClientManager(accessTokens));
	}

	private A55Account defaultAccount() {
		A55ClientConfigurer configurer = this.beanFactory.getBean(BeanNames.CLIENT_CONFIGURER,
				A55ClientConfigurer.class);
		return new A55Account(configurer, () -> this.beanFactory.getBean(BeanNames.WEB_CLIENT, WebClient.class),
				() -> this.factory.hasRestClient() ? this.beanFactory.getBean(BeanNames.REST_CLIENT, RestClient.class)
						: this.factory.restClient(configurer),
				() -> this.beanFactory.getBean(BeanNames.AUTHORIZED_CLIENT_MANAGER,
						OAuth2AuthorizedClientManager.class));
	}

	AccountName name(String name) {
		return this.properties.name(name);
	}

	/**
	 * Return the token of an account, or {@code null} as long as the account was not
	 * used.
	 */
	@Nullable AccessTokenCache findAccessTokens(String name) {
		if (AccountName.DEFAULT.equals(name)) {
			return this.beanFactory.getBean(BeanNames.ACCESS_TOKEN_CACHE, AccessTokenCache.class);
		}
		A55Account account = this.used.get(name);
		return (account != null) ? account.accessTokens() : null;
	}

	/**
	 * Call the given listener for each account except the default one, once it is used.
	 */
	synchronized void onUse(Consumer<A55Account> listener) {
		this.listeners.add(listener);
		this.used.forEach((name, account) -> {
			if (!AccountName.DEFAULT.equals(name)) {
				listener.accept(account);
			}
		});
	}

	@Override
	public synchronized void destroy() {
		this.closed = true;
		this.used.values().forEach((account) -> account.accessTokens().destroy());
	}

}
