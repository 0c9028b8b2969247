package tech.a55.spring.boot.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.Objects;

import io.micrometer.observation.ObservationRegistry;
import tech.a55.spring.boot.A55WebClientCustomizer;
import tech.a55.spring.boot.client.A55ClientConfigurer;
import tech.a55.spring.boot.connector.HttpConnectors;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.AccessTokenRequest;
import tech.a55.spring.boot.token.AccountName;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webclient.observation.ObservationWebClientCustomizer;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.http.HttpHeaders;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Makes the token and the clients of an account from what all accounts share.
 */
final class A55ClientFactory {

	private final A55Properties properties;

	private final A55AccountProperties accounts;

	private final HttpConnectors connectors;

	private final ConfigurableListableBeanFactory beanFactory;

	private final ConfigurableEnvironment environment;

	private final SingletonSupplier<WebClient> tokenWebClient = SingletonSupplier.of(this::tokenWebClient);

	A55ClientFactory(A55Properties properties, A55AccountProperties accounts, HttpConnectors connectors,
			ConfigurableListableBeanFactory beanFactory, ConfigurableEnvironment environment) {
		this.properties = properties;
		this.accounts = accounts;
		this.connectors = connectors;
		this.beanFactory = beanFactory;
		this.environment = environment;
	}

	/**
	 * Has no client secret, because its {@code toString()} would print it. The secret is
	 * added to each token request.
	 */
	ClientRegistration registration(String name) {
		A55ClientProperties account = this.accounts.get(name);
		return ClientRegistration.withRegistrationId(this.accounts.name(name).registrationId())
			.clientName("A55")
			.clientId(Objects.requireNonNull(account.clientId()))
			.clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_POST)
			.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
			.tokenUri(Objects.requireNonNull(account.tokenUri()))
			.scope(account.scopes())
			.build();
	}

	AccessTokenCache accessTokens(String name, ClientRegistration registration) {
		AccountName account = this.accounts.name(name);
		Duration timeout = this.properties.getToken().getTimeout();
		String cache = this.properties.getToken().getCache();
		AccessTokenRequest request = AccessTokenRequest.create(account, registration,
				ClientSecret.of(this.environment, account.property("client-secret"), timeout),
				this.tokenWebClient::obtain, timeout,
				this.beanFactory.getBeanProvider(ObservationRegistry.class)
					.getIfAvailable(() -> ObservationRegistry.NOOP),
				(cache != null) ? SharedTokenCache.find(cache, registration, this.beanFactory) : null);
		return new AccessTokenCache(request, this.properties.getToken().getRefreshAfter());
	}

	private WebClient tokenWebClient() {
		WebClient.Builder builder = WebClient.builder();
		this.beanFactory.getBeanProvider(ObservationWebClientCustomizer.class)
			.ifAvailable((observation) -> observation.customize(builder));
		return builder.clientConnector(this.connectors.separateConnector(this.properties.getToken().getTimeout()))
			.defaultHeader(HttpHeaders.USER_AGENT, A55ClientConfigurer.USER_AGENT)
			.build();
	}

	A55ClientConfigurer configurer(AccessTokenCache accessTokens) {
		URI baseUrl = URI.create(this.accounts.get(accessTokens.account().name()).baseUrl());
		A55Properties.Retry retry = this.properties.getRetry();
		return new A55ClientConfigurer(baseUrl, retry.isEnabled() ? retry.getMaxAttempts() : 1, retry.getMaxWait(),
				this.connectors, accessTokens, this.beanFactory.getBeanProvider(A55WebClientCustomizer.class));
	}

	/**
	 * Starts from a new builder, because a builder bean of the application may be made
	 * for other calls: it may be load balanced, or send other credentials.
	 */
	WebClient webClient(A55ClientConfigurer a55) {
		WebClient.Builder builder = WebClient.builder();
		this.beanFactory.getBeanProvider(WebClientCustomizer.class)
			.orderedStream()
			.forEach((customizer) -> customizer.customize(builder));
		a55.configure(builder);
		return builder.build();
	}

	boolean hasRestClient() {
		return this.beanFactory.containsLocalBean(BeanNames.REST_CLIENT);
	}

	RestClient restClient(A55ClientConfigurer a55) {
		RestClient.Builder builder = RestClient.builder();
		RestClientBuilders builders = new RestClientBuilders(this.beanFactory);
		builders.applyDefaults(builder);
		builders.customize(builder);
		a55.configure(builder);
		builders.bindToMockServer(builder);
		return builder.build();
	}

}
