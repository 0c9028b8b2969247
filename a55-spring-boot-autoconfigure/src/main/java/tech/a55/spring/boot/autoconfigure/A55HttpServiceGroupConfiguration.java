package tech.a55.spring.boot.autoconfigure;

import java.lang.reflect.Method;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import tech.a55.spring.boot.client.A55ClientConfigurer;
import tech.a55.spring.boot.connector.HttpConnectors;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.autoconfigure.ApiversionProperties;
import org.springframework.boot.http.client.autoconfigure.HttpClientProperties;
import org.springframework.boot.http.client.autoconfigure.PropertiesApiVersionInserter;
import org.springframework.boot.http.client.autoconfigure.service.HttpServiceClientProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.Order;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;
import org.springframework.web.service.annotation.HttpExchange;

/**
 * Configures the HTTP interfaces in group {@code a55}. The group can have a base URL and
 * settings that differ from those of the A55 client.
 */
@Configuration(proxyBeanMethods = false)
class A55HttpServiceGroupConfiguration {

	private static final String GROUP = "a55";

	private final A55ClientConfigurer a55;

	private final HttpConnectors connectors;

	private final ObjectProvider<HttpServiceClientProperties> properties;

	private final HttpClientSettingsResolver settingsResolver;

	A55HttpServiceGroupConfiguration(A55ClientConfigurer a55, HttpConnectors connectors,
			ObjectProvider<HttpServiceClientProperties> properties, ObjectProvider<SslBundles> sslBundles) {
		this.a55 = a55;
		this.connectors = connectors;
		this.properties = properties;
		this.settingsResolver = new HttpClientSettingsResolver(sslBundles);
	}

	@Bean
	WebClientHttpServiceGroupConfigurer a55WebClientHttpServiceGroupConfigurer() {
		return (groups) -> groups.filterByName(GROUP)
			.forEachClient((group, builder) -> this.a55.configure(builder, baseUrl(), settings()));
	}

	/**
	 * Does what Boot's module for RestClient does, for applications without that module:
	 * the starter brings only Boot's module for WebClient.
	 */
	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	RestClientHttpServiceGroupConfigurer a55RestClientHttpServiceGroupPropertiesConfigurer(
			ObjectProvider<ObservationRegistry> observationRegistry) {
		return (groups) -> groups.filterByName(GROUP).forEachClient((group, builder) -> {
			observationRegistry.ifUnique(builder::observationRegistry);
			applyProperties(builder);
		});
	}

	@Bean
	RestClientHttpServiceGroupConfigurer a55RestClientHttpServiceGroupConfigurer() {
		return (groups) -> groups.filterByName(GROUP).forEachClient((group, builder) -> {
			group.httpServiceTypes().forEach(A55HttpServiceGroupConfiguration::requireBlocking);
			this.a55.configure(builder, baseUrl(), settings());
		});
	}

	/**
	 * Rejects reactive return types. Spring would send the request, and then fail to read
	 * a {@code Mono} from the response. The payment would be made, but the caller would
	 * get an error.
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

	private void applyProperties(RestClient.Builder builder) {
		HttpClientProperties properties = properties();
		if (properties != null) {
			builder.defaultHeaders((headers) -> headers.putAll(properties.getDefaultHeader()));
			ApiversionProperties version = properties.getApiversion();
			builder.apiVersionInserter(PropertiesApiVersionInserter.get(version.getInsert()));
			if (version.getDefaultVersion() != null) {
				builder.defaultApiVersion(version.getDefaultVersion());
			}
		}
	}

	private @Nullable String baseUrl() {
		HttpClientProperties properties = properties();
		return (properties != null) ? properties.getBaseUrl() : null;
	}

	private HttpClientSettings settings() {
		return this.settingsResolver.resolve(properties(), this.connectors.settings());
	}

	private @Nullable HttpClientProperties properties() {
		HttpServiceClientProperties properties = this.properties.getIfAvailable();
		return (properties != null) ? properties.get(GROUP) : null;
	}

}
