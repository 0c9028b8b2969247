package tech.a55.spring.boot.autoconfigure;

import java.util.function.Supplier;

import tech.a55.spring.boot.client.A55ClientConfigurer;
import tech.a55.spring.boot.token.AccessTokenCache;

import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * The token and the clients of one account. The clients are made at first use.
 */
final class A55Account {

	private final A55ClientConfigurer configurer;

	private final SingletonSupplier<WebClient> webClient;

	private final SingletonSupplier<RestClient> restClient;

	private final SingletonSupplier<OAuth2AuthorizedClientManager> manager;

	A55Account(A55ClientConfigurer configurer, Supplier<WebClient> webClient, Supplier<RestClient> restClient,
			Supplier<OAuth2AuthorizedClientManager> manager) {
		this.configurer = configurer;
		this.webClient = SingletonSupplier.of(webClient);
		this.restClient = SingletonSupplier.of(restClient);
		this.manager = SingletonSupplier.of(manager);
	}

	A55ClientConfigurer configurer() {
		return this.configurer;
	}

	AccessTokenCache accessTokens() {
		return this.configurer.accessTokens();
	}

	WebClient webClient() {
		return this.webClient.obtain();
	}

	RestClient restClient() {
		return this.restClient.obtain();
	}

	OAuth2AuthorizedClientManager authorizedClientManager() {
		return this.manager.obtain();
	}

}
