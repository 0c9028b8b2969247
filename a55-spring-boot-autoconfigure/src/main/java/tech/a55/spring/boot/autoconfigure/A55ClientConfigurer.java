package tech.a55.spring.boot.autoconfigure;

import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;
import tech.a55.spring.boot.A55WebClientCustomizer;
import tech.a55.spring.boot.token.AccessTokenCache;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.autoconfigure.ApiversionProperties;
import org.springframework.boot.http.client.autoconfigure.HttpClientProperties;
import org.springframework.boot.http.client.autoconfigure.HttpClientSettingsPropertyMapper;
import org.springframework.boot.http.client.autoconfigure.PropertiesApiVersionInserter;
import org.springframework.boot.http.client.autoconfigure.service.HttpServiceClientProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.StringUtils;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.ExchangeFunctions;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.registry.HttpServiceGroup;

/**
 * Makes a client one of A55: base URL, connector, and the filter that adds the access
 * token. The connector comes after the customizers, since another might follow redirects
 * with the token, and the filter last, so that what the others make of a request is what
 * it checks.
 */
final class A55ClientConfigurer {

	private final A55Properties properties;

	private final A55HttpConnectors connectors;

	private final AccessTokenCache accessTokens;

	private final ObjectProvider<A55WebClientCustomizer> customizers;

	private final ObjectProvider<HttpServiceClientProperties> serviceClients;

	private final ObjectProvider<SslBundles> sslBundles;

	A55ClientConfigurer(A55Properties properties, A55HttpConnectors connectors, AccessTokenCache accessTokens,
			ObjectProvider<A55WebClientCustomizer> customizers,
			ObjectProvider<HttpServiceClientProperties> serviceClients, ObjectProvider<SslBundles> sslBundles) {
		this.properties = properties;
		this.connectors = connectors;
		this.accessTokens = accessTokens;
		this.customizers = customizers;
		this.serviceClients = serviceClients;
		this.sslBundles = sslBundles;
	}

	void configure(WebClient.Builder builder) {
		configure(builder, null);
	}

	void configure(RestClient.Builder builder) {
		configure(builder, null);
	}

	/**
	 * Configure the client of an HTTP service group, for which the host may have settings
	 * and a base URL of its own.
	 */
	void configureGroup(HttpServiceGroup group, WebClient.Builder builder) {
		configure(builder, properties(group));
	}

	void configureGroup(HttpServiceGroup group, RestClient.Builder builder) {
		group.httpServiceTypes().forEach(A55ClientConfigurer::requireBlocking);
		configure(builder, properties(group));
	}

	/**
	 * Spring sends the request of such a method when it is called, and then fails to read
	 * a {@code Mono} from the answer: a payment would be made, and the caller told that
	 * it was not.
	 */
	private static void requireBlocking(Class<?> type) {
		for (Method method : type.getMethods()) {
			if (AnnotatedElementUtils.hasAnnotation(method, HttpExchange.class)
					&& ReactiveAdapterRegistry.getSharedInstance().getAdapter(method.getReturnType()) != null) {
				throw new InvalidA55ConfigurationException(
						"The method '" + method.getName() + "' of the HTTP interface '" + type.getName()
								+ "' returns a " + method.getReturnType().getSimpleName()
								+ ", and the client of its group is a RestClient.",
						"Add clientType = ClientType.WEB_CLIENT to @ImportHttpServices, or return the value itself.");
			}
		}
	}

	void applyGroupProperties(HttpServiceGroup group, RestClient.Builder builder) {
		HttpClientProperties properties = properties(group);
		if (properties != null) {
			builder.defaultHeaders((headers) -> headers.putAll(properties.getDefaultHeader()));
			ApiversionProperties version = properties.getApiversion();
			builder.apiVersionInserter(PropertiesApiVersionInserter.get(version.getInsert()));
			if (version.getDefaultVersion() != null) {
				builder.defaultApiVersion(version.getDefaultVersion());
			}
		}
	}

	private void configure(WebClient.Builder builder, @Nullable HttpClientProperties group) {
		HttpClientSettings settings = settings(group);
		builder.baseUrl(baseUrl(group));
		this.customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		builder.clientConnector(this.connectors.connector(settings)).filter(filter(settings));
	}

	private void configure(RestClient.Builder builder, @Nullable HttpClientProperties group) {
		HttpClientSettings settings = settings(group);
		ExchangeFunction exchange = ExchangeFunctions.create(this.connectors.connector(settings),
				ExchangeStrategies.empty().build());
		builder.baseUrl(baseUrl(group))
			.requestFactory(new ExchangeClientHttpRequestFactory(filter(settings).apply(exchange)));
	}

	private ExchangeFilterFunction filter(HttpClientSettings settings) {
		A55Properties.Retry retry = this.properties.getRetry();
		return this.accessTokens.exchangeFilter(this.properties.getBaseUrl(),
				retry.isEnabled() ? retry.getMaxAttempts() : 1, retry.getMaxWait(),
				settings.redirects() != HttpRedirects.DONT_FOLLOW);
	}

	private @Nullable HttpClientProperties properties(HttpServiceGroup group) {
		HttpServiceClientProperties properties = this.serviceClients.getIfAvailable();
		return (properties != null) ? properties.get(group.name()) : null;
	}

	/**
	 * Return the base URL with a slash at its end: Spring appends paths to it as they
	 * are, and makes one slash of two.
	 */
	private String baseUrl(@Nullable HttpClientProperties group) {
		String groupUrl = (group != null) ? group.getBaseUrl() : null;
		String baseUrl = StringUtils.hasText(groupUrl) ? groupUrl : this.properties.getBaseUrl().toString();
		return baseUrl.endsWith("/") ? baseUrl : baseUrl + "/";
	}

	private HttpClientSettings settings(@Nullable HttpClientProperties group) {
		if (group == null) {
			return this.connectors.settings();
		}
		PropertyChecks.requirePositive("spring.http.serviceclient.a55.connect-timeout", group.getConnectTimeout());
		PropertyChecks.requirePositive("spring.http.serviceclient.a55.read-timeout", group.getReadTimeout());
		HttpClientSettingsPropertyMapper mapper = new HttpClientSettingsPropertyMapper(this.sslBundles.getIfAvailable(),
				this.connectors.settings());
		return PropertyChecks.requireSslBundle("spring.http.serviceclient.a55.ssl.bundle", () -> mapper.map(group));
	}

}
