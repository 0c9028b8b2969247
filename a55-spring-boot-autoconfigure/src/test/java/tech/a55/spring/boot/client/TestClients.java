package tech.a55.spring.boot.client;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.A55WebClientCustomizer;
import tech.a55.spring.boot.autoconfigure.TestA55;
import tech.a55.spring.boot.connector.HttpConnectors;
import tech.a55.spring.boot.connector.TestConnectors;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.AccessTokenRequest;
import tech.a55.spring.boot.token.CachedOAuth2AuthorizedClientManager;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * The clients of A55 with the connections of one library, made without an application
 * context. They fetch "token-1", then "token-2" and so on: from nowhere, unless a token
 * endpoint is given. They wait 10 ms at most before a retry.
 */
final class TestClients implements AutoCloseable {

	private static final String NO_ENDPOINT = "http://localhost/oauth2/token";

	private final HttpConnectors connectors;

	private final AccessTokenCache accessTokens;

	private final A55ClientConfigurer configurer;

	private final AtomicInteger issued = new AtomicInteger();

	private TestClients(Connector connector, HttpClientSettings settings, String baseUrl, @Nullable String tokenUri,
			Duration tokenTimeout, int maxAttempts) {
		this.connectors = new HttpConnectors(TestConnectors.builder(connector), settings);
		WebClient.Builder tokenClient = (tokenUri != null)
				? WebClient.builder().clientConnector(this.connectors.separateConnector(TestConnectors.PATIENCE))
				: WebClient.builder().exchangeFunction((request) -> Mono.fromSupplier(this::issue));
		this.accessTokens = new AccessTokenCache(AccessTokenRequest.create(TokenSimulation.ACCOUNT,
				registration((tokenUri != null) ? tokenUri : NO_ENDPOINT), Mono.just(TestA55.CLIENT_SECRET),
				tokenClient::build, tokenTimeout, ObservationRegistry.NOOP, null), 0.8);
		this.configurer = new A55ClientConfigurer(URI.create(baseUrl), maxAttempts, Duration.ofMillis(10),
				this.connectors, this.accessTokens,
				new StaticListableBeanFactory().getBeanProvider(A55WebClientCustomizer.class));
	}

	/**
	 * Return clients that make one attempt: what is seen is what the connector does on
	 * its own.
	 */
	static TestClients of(Connector connector, String baseUrl) {
		return of(connector, baseUrl, TestConnectors.SETTINGS);
	}

	static TestClients of(Connector connector, String baseUrl, HttpClientSettings settings) {
		return new TestClients(connector, settings, baseUrl, null, TestConnectors.PATIENCE, 1);
	}

	/**
	 * Return clients that make three attempts.
	 */
	static TestClients retrying(Connector connector, String baseUrl) {
		return retrying(connector, baseUrl, TestConnectors.SETTINGS);
	}

	static TestClients retrying(Connector connector, String baseUrl, HttpClientSettings settings) {
		return new TestClients(connector, settings, baseUrl, null, TestConnectors.PATIENCE, 3);
	}

	static TestClients withTokenEndpoint(Connector connector, String baseUrl, String tokenUri,
			HttpClientSettings settings) {
		return new TestClients(connector, settings, baseUrl, tokenUri, TestConnectors.PATIENCE, 1);
	}

	static TestClients withTokenTimeout(Connector connector, String tokenUri, Duration timeout) {
		return new TestClients(connector, TestConnectors.SETTINGS, tokenUri, tokenUri, timeout, 1);
	}

	private static ClientRegistration registration(String tokenUri) {
		return ClientRegistration.withRegistrationId("a55")
			.clientId(TestA55.CLIENT_ID)
			.clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_POST)
			.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
			.tokenUri(tokenUri)
			.build();
	}

	private ClientResponse issue() {
		return ClientResponse.create(HttpStatus.OK)
			.header("Content-Type", MediaType.APPLICATION_JSON_VALUE)
			.body(TestA55.tokenResponse("token-" + this.issued.incrementAndGet()))
			.build();
	}

	WebClient webClient() {
		WebClient.Builder builder = WebClient.builder();
		this.configurer.configure(builder);
		return builder.build();
	}

	RestClient restClient() {
		RestClient.Builder builder = RestClient.builder();
		this.configurer.configure(builder);
		return builder.build();
	}

	OAuth2AuthorizedClientManager manager() {
		return new CachedOAuth2AuthorizedClientManager(this.accessTokens);
	}

	/**
	 * Return how many tokens were fetched from nowhere.
	 */
	int issued() {
		return this.issued.get();
	}

	long retries() {
		return Stream.of(RetryReason.values()).mapToLong(this.configurer.statistics()::retries).sum();
	}

	@Override
	public void close() {
		this.accessTokens.destroy();
		this.connectors.destroy();
	}

}
