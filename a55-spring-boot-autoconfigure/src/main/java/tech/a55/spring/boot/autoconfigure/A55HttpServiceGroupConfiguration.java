package tech.a55.spring.boot.autoconfigure;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import tech.a55.spring.boot.client.A55ClientConfigurer;
import tech.a55.spring.boot.connector.HttpConnectors;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.autoconfigure.ApiversionProperties;
import org.springframework.boot.http.client.autoconfigure.HttpClientProperties;
import org.springframework.boot.http.client.autoconfigure.PropertiesApiVersionInserter;
import org.springframework.boot.http.client.autoconfigure.service.HttpServiceClientProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.Order;
import org.springframework.core.log.LogMessage;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientAdapter;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.registry.HttpServiceGroup;

/**
 * Configures the HTTP interfaces in group {@code a55}, and those in the group of another
 * account, such as {@code a55-shop}. A group can have a base URL and settings that differ
 * from those of the A55 client.
 * <p>
 * The client of the group is built once more, when the interfaces are created. All other
 * configurers have been applied by then, whatever their order, so none of them can put a
 * filter or an interceptor between the client and A55. A load balancer, for example, adds
 * one to each group that has no base URL among its properties.
 */
@Configuration(proxyBeanMethods = false)
class A55HttpServiceGroupConfiguration {

	private static final Log logger = LogFactory.getLog(A55HttpServiceGroupConfiguration.class);

	private final A55Accounts accounts;

	private final HttpConnectors connectors;

	private final ObjectProvider<HttpServiceClientProperties> properties;

	private final HttpClientSettingsResolver settingsResolver;

	A55HttpServiceGroupConfiguration(@Qualifier(BeanNames.ACCOUNTS) A55Accounts accounts,
			@Qualifier(BeanNames.CONNECTORS) HttpConnectors connectors,
			ObjectProvider<HttpServiceClientProperties> properties, ObjectProvider<SslBundles> sslBundles) {
		this.accounts = accounts;
		this.connectors = connectors;
		this.properties = properties;
		this.settingsResolver = new HttpClientSettingsResolver(sslBundles);
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	WebClientHttpServiceGroupConfigurer a55WebClientHttpServiceGroupConfigurer(
			ObjectProvider<WebClientCustomizer> customizers) {
		return (groups) -> groups.filter(BeanNames::isGroup).forEachGroup((group, builder, proxyFactory) -> {
			A55ClientConfigurer a55 = configurer(group);
			proxyFactory.exchangeAdapterDecorator((replaced) -> {
				WebClient.Builder customized = WebClient.builder();
				customizers.orderedStream().forEach((customizer) -> customizer.customize(customized));
				builder.filters(
						(filters) -> customized.filters((retained) -> replace(group, "filter", filters, retained)));
				a55.configure(builder, baseUrl(group), settings(group));
				return WebClientAdapter.create(builder.build());
			});
		});
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	RestClientHttpServiceGroupConfigurer a55RestClientHttpServiceGroupConfigurer(
			ConfigurableListableBeanFactory beanFactory) {
		RestClientBuilders builders = new RestClientBuilders(beanFactory);
		return (groups) -> groups.filter(BeanNames::isGroup).forEachGroup((group, builder, proxyFactory) -> {
			A55ClientConfigurer a55 = configurer(group);
			group.httpServiceTypes().forEach(A55HttpServiceGroupConfiguration::requireBlocking);
			builders.applyDefaults(builder);
			applyProperties(group, builder);
			proxyFactory.exchangeAdapterDecorator((replaced) -> {
				RestClient.Builder customized = RestClient.builder();
				builders.customize(customized);
				builder.requestInterceptors((interceptors) -> customized
					.requestInterceptors((retained) -> replace(group, "interceptor", interceptors, retained)));
				builder.requestInitializers((initializers) -> customized
					.requestInitializers((retained) -> replace(group, "initializer", initializers, retained)));
				a55.configure(builder, baseUrl(group), settings(group));
				builders.bindToMockServer(builder);
				return RestClientAdapter.create(builder.build());
			});
		});
	}

	private A55ClientConfigurer configurer(HttpServiceGroup group) {
		return this.accounts
			.get(BeanNames.account(group), "The HTTP interfaces in group '" + group.name() + "' cannot call A55. ")
			.configurer();
	}

	/**
	 * Keep only what the customizers of the application add to any client.
	 */
	private static <T> void replace(HttpServiceGroup group, String kind, List<T> found, List<T> retained) {
		Set<Class<?>> types = retained.stream().map(Object::getClass).collect(Collectors.toSet());
		found.stream()
			.filter((one) -> !types.contains(one.getClass()))
			.forEach((one) -> logger.info(LogMessage.format(
					"The HTTP interfaces in group '%s' call A55 without the %s %s. Add one for A55 with a customizer",
					group.name(), kind, one.getClass().getName())));
		found.clear();
		found.addAll(retained);
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

	/**
	 * Does what Boot's module for RestClient does, for applications without that module.
	 */
	private void applyProperties(HttpServiceGroup group, RestClient.Builder builder) {
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

	private @Nullable String baseUrl(HttpServiceGroup group) {
		HttpClientProperties properties = properties(group);
		return (properties != null) ? properties.getBaseUrl() : null;
	}

	private HttpClientSettings settings(HttpServiceGroup group) {
		return this.settingsResolver.resolve(group.name(), properties(group), this.connectors.settings());
	}

	private @Nullable HttpClientProperties properties(HttpServiceGroup group) {
		HttpServiceClientProperties properties = this.properties.getIfAvailable();
		return (properties != null) ? properties.get(group.name()) : null;
	}

}
