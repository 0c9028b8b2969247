package tech.a55.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.regex.Pattern;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import tech.a55.spring.boot.A55WebClientCustomizer;
import tech.a55.spring.boot.token.AccessTokenCache;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.autoconfigure.service.HttpServiceClientProperties;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.boot.webclient.observation.ObservationWebClientCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.util.StringUtils;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of a {@link WebClient} that is
 * authenticated for the A55 payments API.
 * <p>
 * The way of a token: {@code a55AccessTokenCache} fetches it from the endpoint of
 * {@code a55ClientRegistration} and keeps it; its exchange filter, the last of the client
 * {@code a55WebClient}, puts it into the request.
 * <p>
 * Each context that is configured has a client and a token of its own: those of a parent
 * may belong to another client ID.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = WebClientAutoConfiguration.class)
@ConditionalOnClass({ WebClient.class, WebClientCustomizer.class, ClientRegistration.class })
@ConditionalOnBooleanProperty(name = "a55.enabled", matchIfMissing = true)
@Conditional(OnA55CredentialsCondition.class)
@EnableConfigurationProperties(A55Properties.class)
public final class A55AutoConfiguration {

	private static final String REGISTRATION_ID = "a55";

	private static final String AUTHORIZED_CLIENT_MANAGER = "a55AuthorizedClientManager";

	private static final String HTTP_SERVICE_GROUP = "a55";

	private static final HttpClientSettings DEFAULT_SETTINGS = HttpClientSettings.defaults()
		.withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(60))
		.withRedirects(HttpRedirects.DONT_FOLLOW);

	/**
	 * Has no client secret, which its {@code toString()} would print: that is added to
	 * each token request.
	 */
	@Bean(defaultCandidate = false)
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = "a55ClientRegistration")
	ClientRegistration a55ClientRegistration(A55Properties properties) {
		return ClientRegistration.withRegistrationId(REGISTRATION_ID)
			.clientName("A55")
			.clientId(properties.getClientId())
			.clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_POST)
			.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
			.tokenUri(properties.getTokenUri().toString())
			.scope(properties.getScopes())
			.build();
	}

	/**
	 * A missing credential stops the start of a host that is lazy, too.
	 */
	@Bean
	static LazyInitializationExcludeFilter a55LazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(A55Properties.class);
	}

	@Bean
	A55HttpConnectors a55HttpConnectors(A55Properties properties, ResourceLoader resourceLoader,
			ObjectProvider<ClientHttpConnectorBuilder<?>> connectorBuilder,
			ObjectProvider<HttpClientSettings> ofAllClients, ObjectProvider<SslBundles> sslBundles) {
		HttpClientSettings own = PropertyChecks.requireSslBundle("a55.ssl.bundle",
				() -> settings(properties, sslBundles));
		HttpClientSettings ofBoot = PropertyChecks.requireSslBundle("spring.http.clients.ssl.bundle", () -> {
			HttpClientSettings settings = ofAllClients.getIfAvailable(HttpClientSettings::defaults);
			return (own.sslBundle() != null) ? settings.withSslBundle(null) : settings;
		});
		return new A55HttpConnectors(
				connectorBuilder
					.getIfAvailable(() -> ClientHttpConnectorBuilder.detect(resourceLoader.getClassLoader())),
				own.orElse(ofBoot.withTimeouts(positive(ofBoot.connectTimeout()), positive(ofBoot.readTimeout())))
					.orElse(DEFAULT_SETTINGS));
	}

	private static HttpClientSettings settings(A55Properties properties, ObjectProvider<SslBundles> sslBundles) {
		HttpClientSettings settings = HttpClientSettings.defaults()
			.withTimeouts(properties.getConnectTimeout(), properties.getReadTimeout())
			.withRedirects(properties.getRedirects());
		String bundle = properties.getSsl().getBundle();
		return (bundle != null) ? settings.withSslBundle(sslBundles.getObject().getBundle(bundle)) : settings;
	}

	/**
	 * Some libraries take zero for no time-out, others do not start with it. For A55 it
	 * is none that is set: a call does not wait for ever.
	 */
	private static @Nullable Duration positive(@Nullable Duration timeout) {
		return (timeout != null && timeout.compareTo(Duration.ZERO) > 0) ? timeout : null;
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	AccessTokenCache a55AccessTokenCache(A55Properties properties,
			@Qualifier("a55ClientRegistration") ClientRegistration registration, A55HttpConnectors connectors,
			ObjectProvider<ObservationWebClientCustomizer> observations, ConfigurableEnvironment environment) {
		PropertyChecks.requireSecureUrlOf("token URI of the bean 'a55ClientRegistration'",
				registration.getProviderDetails().getTokenUri());
		WebClientCustomizer observation = observations.getIfAvailable();
		return AccessTokenCache.create(registration, ClientSecret.of(environment),
				() -> tokenWebClient(connectors.connector(), observation), properties.getToken().getTimeout(),
				properties.getToken().getRefreshAfter());
	}

	private static WebClient tokenWebClient(ClientHttpConnector connector, @Nullable WebClientCustomizer observation) {
		WebClient.Builder builder = WebClient.builder();
		if (observation != null) {
			observation.customize(builder);
		}
		return builder.clientConnector(connector)
			.defaultHeader(HttpHeaders.USER_AGENT, "a55-spring-boot-starter")
			.build();
	}

	@Bean
	A55ClientConfigurer a55ClientConfigurer(A55Properties properties, A55HttpConnectors connectors,
			AccessTokenCache accessTokens, ObjectProvider<A55WebClientCustomizer> customizers,
			ObjectProvider<HttpServiceClientProperties> serviceClients, ObjectProvider<SslBundles> sslBundles) {
		return new A55ClientConfigurer(properties, connectors, accessTokens, customizers, serviceClients, sslBundles);
	}

	/**
	 * Starts from a builder of its own: one of the host may be made for other calls, such
	 * as one that is load balanced, or sends credentials by default.
	 */
	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = "a55WebClient")
	WebClient a55WebClient(ObjectProvider<WebClientCustomizer> customizers, A55ClientConfigurer a55) {
		WebClient.Builder builder = WebClient.builder();
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		a55.configure(builder);
		return builder.build();
	}

	@Bean
	WebClientHttpServiceGroupConfigurer a55WebClientHttpServiceGroupConfigurer(A55ClientConfigurer a55) {
		return (groups) -> groups.filterByName(HTTP_SERVICE_GROUP).forEachClient(a55::configureGroup);
	}

	/**
	 * Applies what Boot's module for RestClient does, for hosts that are without it: ours
	 * brings its sibling for WebClient only.
	 */
	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	RestClientHttpServiceGroupConfigurer a55RestClientHttpServiceGroupPropertiesConfigurer(A55ClientConfigurer a55,
			ObjectProvider<ObservationRegistry> observationRegistry) {
		return (groups) -> groups.filterByName(HTTP_SERVICE_GROUP).forEachClient((group, builder) -> {
			observationRegistry.ifUnique(builder::observationRegistry);
			a55.applyGroupProperties(group, builder);
		});
	}

	@Bean
	RestClientHttpServiceGroupConfigurer a55RestClientHttpServiceGroupConfigurer(A55ClientConfigurer a55) {
		return (groups) -> groups.filterByName(HTTP_SERVICE_GROUP).forEachClient(a55::configureGroup);
	}

	/**
	 * Defines the manager without its type, which the post-processor adds once all bean
	 * definitions are there: Spring Security registers none for the application if it
	 * finds one by type, however well hidden. The name alone keeps it from finding that
	 * of a parent context.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = AUTHORIZED_CLIENT_MANAGER)
	static class AuthorizedClientManagerConfiguration {

		@Bean(name = AUTHORIZED_CLIENT_MANAGER, defaultCandidate = false)
		@Lazy
		Object a55AuthorizedClientManager(AccessTokenCache accessTokens) {
			return accessTokens.authorizedClientManager();
		}

		@Bean
		static BeanFactoryPostProcessor a55AuthorizedClientManagerPostProcessor() {
			return (beanFactory) -> ((RootBeanDefinition) beanFactory.getBeanDefinition(AUTHORIZED_CLIENT_MANAGER))
				.setTargetType(OAuth2AuthorizedClientManager.class);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBooleanProperty("a55.rest-client.enabled")
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = "a55RestClient")
	static class RestClientConfiguration {

		private static RestClient restClient(ObjectProvider<ObservationRegistry> observationRegistry,
				Consumer<RestClient.Builder> customizer, A55ClientConfigurer a55) {
			RestClient.Builder builder = RestClient.builder();
			observationRegistry.ifUnique(builder::observationRegistry);
			customizer.accept(builder);
			a55.configure(builder);
			return builder.build();
		}

		/**
		 * For hosts with Boot's module for RestClient: ours brings its sibling for
		 * WebClient only.
		 */
		@Configuration(proxyBeanMethods = false)
		@ConditionalOnClass(RestClientCustomizer.class)
		static class CustomizedConfiguration {

			@Bean
			RestClient a55RestClient(ObjectProvider<ObservationRegistry> observationRegistry,
					ObjectProvider<RestClientCustomizer> customizers, A55ClientConfigurer a55) {
				return restClient(observationRegistry,
						(builder) -> customizers.orderedStream().forEach((customizer) -> customizer.customize(builder)),
						a55);
			}

		}

		@Configuration(proxyBeanMethods = false)
		@ConditionalOnMissingClass("org.springframework.boot.restclient.RestClientCustomizer")
		static class DefaultConfiguration {

			@Bean
			RestClient a55RestClient(ObjectProvider<ObservationRegistry> observationRegistry, A55ClientConfigurer a55) {
				return restClient(observationRegistry, (builder) -> {
				}, a55);
			}

		}

	}

	/**
	 * Keeps the client secret off actuator pages that are set to show values, under the
	 * key that a placeholder refers to, and within a command line, too.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(SanitizingFunction.class)
	static class ActuatorConfiguration {

		private static final Pattern CLIENT_SECRET = Pattern.compile("a55[._]client[-_]?secret",
				Pattern.CASE_INSENSITIVE);

		@Bean
		SanitizingFunction a55SanitizingFunction(Environment environment) {
			return (data) -> {
				String secret = environment.getProperty("a55.client-secret");
				boolean shown = StringUtils.hasText(secret) && String.valueOf(data.getValue()).contains(secret);
				return (shown || CLIENT_SECRET.matcher(data.getKey()).matches()) ? data.withSanitizedValue() : data;
			};
		}

	}

}
