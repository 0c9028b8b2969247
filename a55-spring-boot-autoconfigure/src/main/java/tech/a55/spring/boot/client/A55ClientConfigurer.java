package tech.a55.spring.boot.client;

import java.net.URI;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import tech.a55.spring.boot.A55WebClientCustomizer;
import tech.a55.spring.boot.connector.HttpConnectors;
import tech.a55.spring.boot.token.AccessTokenCache;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.http.HttpHeaders;
import org.springframework.util.StringUtils;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.ExchangeFunctions;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Configures a client for A55: base URL, connector, and the filter that authorizes
 * requests. The connector is set after the customizers, because another connector might
 * follow redirects with the token. The filter is added last, so that it checks the
 * request that the other filters return. Thread-safe.
 *
 * @since 0.1.0
 */
public final class A55ClientConfigurer {

	/**
	 * The name of the starter and, if it runs from its jar, the version.
	 */
	public static final String USER_AGENT = userAgent(
			A55ClientConfigurer.class.getPackage().getImplementationVersion());

	private final URI baseUrl;

	private final int maxAttempts;

	private final Duration maxWait;

	private final HttpConnectors connectors;

	private final AccessTokenCache accessTokens;

	private final ObjectProvider<A55WebClientCustomizer> customizers;

	private final ExchangeStatistics statistics = new ExchangeStatistics();

	/**
	 * Create a configurer.
	 * @param baseUrl the root of the API. The token is sent to its origin only
	 * @param maxAttempts how often a request is sent at most, including the first time
	 * @param maxWait the longest wait before a retry
	 * @param connectors the connectors of the clients
	 * @param accessTokens the access token of the clients
	 * @param customizers the customizers of the application for WebClients
	 */
	public A55ClientConfigurer(URI baseUrl, int maxAttempts, Duration maxWait, HttpConnectors connectors,
			AccessTokenCache accessTokens, ObjectProvider<A55WebClientCustomizer> customizers) {
		this.baseUrl = baseUrl;
		this.maxAttempts = maxAttempts;
		this.maxWait = maxWait;
		this.connectors = connectors;
		this.accessTokens = accessTokens;
		this.customizers = customizers;
	}

	/**
	 * Configure a client with the settings of the A55 client.
	 * @param builder the builder of the client
	 */
	public void configure(WebClient.Builder builder) {
		configure(builder, null, this.connectors.settings());
	}

	/**
	 * Configure a client with the given settings.
	 * @param builder the builder of the client
	 * @param baseUrl the base URL, or {@code null} for the root of the API
	 * @param settings the settings to connect with
	 */
	public void configure(WebClient.Builder builder, @Nullable String baseUrl, HttpClientSettings settings) {
		String url = baseUrl(baseUrl);
		builder.baseUrl(url).defaultHeaders(A55ClientConfigurer::addUserAgent);
		String client = this.accessTokens.account().name();
		this.customizers.orderedStream().forEach((customizer) -> customizer.customize(client, builder));
		RedirectErrorHandler.addTo(builder);
		builder.clientConnector(this.connectors.connector(settings)).filter(filter(settings, url));
	}

	/**
	 * Configure a client with the settings of the A55 client.
	 * @param builder the builder of the client
	 */
	public void configure(RestClient.Builder builder) {
		configure(builder, null, this.connectors.settings());
	}

	/**
	 * Configure a client with the given settings.
	 * @param builder the builder of the client
	 * @param baseUrl the base URL, or {@code null} for the root of the API
	 * @param settings the settings to connect with
	 */
	public void configure(RestClient.Builder builder, @Nullable String baseUrl, HttpClientSettings settings) {
		ExchangeFunction exchange = ExchangeFunctions.create(this.connectors.connector(settings),
				ExchangeStrategies.empty().build());
		RedirectErrorHandler.addTo(builder);
		String url = baseUrl(baseUrl);
		builder.baseUrl(url)
			.defaultHeaders(A55ClientConfigurer::addUserAgent)
			.requestFactory(new ExchangeClientHttpRequestFactory(filter(settings, url).apply(exchange),
					this.accessTokens.account()));
	}

	private static void addUserAgent(HttpHeaders headers) {
		if (!headers.containsHeader(HttpHeaders.USER_AGENT)) {
			headers.set(HttpHeaders.USER_AGENT, USER_AGENT);
		}
	}

	private ExchangeFilterFunction filter(HttpClientSettings settings, String baseUrl) {
		RetryPolicy retryPolicy = new RetryPolicy(this.maxAttempts, this.maxWait,
				settings.redirects() != HttpRedirects.DONT_FOLLOW);
		ExchangeFilterFunction filter = new BearerTokenExchangeFilterFunction(this.accessTokens,
				Origin.of(this.baseUrl), retryPolicy, this.statistics);
		return (request, next) -> filter.filter(withBaseUrl(request, baseUrl), next);
	}

	/**
	 * Add the base URL to a relative URL. Spring ignores the base URL of a builder if a
	 * customizer sets a {@code UriBuilderFactory}, for example to encode URLs in another
	 * way.
	 */
	private static ClientRequest withBaseUrl(ClientRequest request, String baseUrl) {
		URI url = request.url();
		if (url.isAbsolute() || url.getRawAuthority() != null) {
			return request;
		}
		String relative = url.toString();
		return ClientRequest.from(request)
			.url(URI.create(baseUrl + (relative.startsWith("/") ? relative.substring(1) : relative)))
			.build();
	}

	/**
	 * Return the base URL with a slash at its end, because Spring appends paths
	 * unchanged. It reduces two slashes to one.
	 */
	private String baseUrl(@Nullable String baseUrl) {
		String url = StringUtils.hasText(baseUrl) ? baseUrl : this.baseUrl.toString();
		return url.endsWith("/") ? url : url + "/";
	}

	static String userAgent(@Nullable String version) {
		return "a55-spring-boot-starter" + ((version != null) ? "/" + version : "");
	}

	/**
	 * Return the access token of the clients.
	 * @return the cache that hands it out
	 */
	public AccessTokenCache accessTokens() {
		return this.accessTokens;
	}

	ExchangeStatistics statistics() {
		return this.statistics;
	}

}
