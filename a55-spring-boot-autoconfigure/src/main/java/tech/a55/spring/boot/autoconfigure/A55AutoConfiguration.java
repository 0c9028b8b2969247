package tech.a55.spring.boot.autoconfigure;

import tech.a55.spring.boot.client.A55ClientConfigurer;
import tech.a55.spring.boot.connector.HttpConnectors;
import tech.a55.spring.boot.token.AccessTokenCache;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of a {@link WebClient} that is
 * authenticated for the A55 payments API.
 * <p>
 * How a token gets into a request: {@code a55AccessTokenCache} fetches the token from the
 * endpoint of {@code a55ClientRegistration} and keeps it. {@code a55ClientConfigurer}
 * adds a filter to the client {@code a55WebClient}. The filter sends each call as an
 * authorized request, which writes the token to its header.
 * <p>
 * Each context that configures the starter has its own client and its own token, because
 * those of a parent context may belong to another client ID. For the same reason all
 * beans of the starter are found by name. A bean of the same type may be for another
 * service, and its token must not be sent to A55, nor the token of A55 to its server.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = WebClientAutoConfiguration.class)
@ConditionalOnClass({ WebClient.class, WebClientCustomizer.class, ClientRegistration.class })
@ConditionalOnBooleanProperty(name = "a55.enabled", matchIfMissing = true)
@Conditional(OnA55CredentialsCondition.class)
@EnableConfigurationProperties(A55Properties.class)
@Import({ A55HttpServiceGroupConfiguration.class, A55RestClientConfiguration.class,
		A55AuthorizedClientManagerConfiguration.class, A55SanitizingConfiguration.class })
public final class A55AutoConfiguration {

	private static final String REGISTRATION_ID = "a55";

	/**
	 * Has no client secret, because its {@code toString()} would print it. The secret is
	 * added to each token request.
	 */
	@Bean(defaultCandidate = false)
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = BeanNames.CLIENT_REGISTRATION)
	ClientRegistration a55ClientRegistration(@Qualifier(BeanNames.PROPERTIES) A55Properties properties) {
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
	 * Stops the start of an application that lacks one of the credentials, even with lazy
	 * initialization.
	 */
	@Bean
	static LazyInitializationExcludeFilter a55LazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(A55Properties.class);
	}

	@Bean(name = BeanNames.CONNECTORS, defaultCandidate = false)
	HttpConnectors a55HttpConnectors(@Qualifier(BeanNames.PROPERTIES) A55Properties properties,
			ResourceLoader resourceLoader, ObjectProvider<ClientHttpConnectorBuilder<?>> connectorBuilder,
			ObjectProvider<HttpClientSettings> ofAllClients, ObjectProvider<SslBundles> sslBundles) {
		return new HttpConnectors(
				connectorBuilder
					.getIfAvailable(() -> ClientHttpConnectorBuilder.detect(resourceLoader.getClassLoader())),
				new HttpClientSettingsResolver(sslBundles).resolve(properties, ofAllClients));
	}

	@Bean(name = BeanNames.CLIENT_FACTORY, defaultCandidate = false)
	A55ClientFactory a55ClientFactory(@Qualifier(BeanNames.PROPERTIES) A55Properties properties,
			@Qualifier(BeanNames.CONNECTORS) HttpConnectors connectors, ConfigurableListableBeanFactory beanFactory,
			ConfigurableEnvironment environment) {
		return new A55ClientFactory(properties, connectors, beanFactory, environment);
	}

	@Bean(name = BeanNames.ACCESS_TOKEN_CACHE, defaultCandidate = false)
	AccessTokenCache a55AccessTokenCache(@Qualifier(BeanNames.CLIENT_FACTORY) A55ClientFactory factory,
			@Qualifier(BeanNames.CLIENT_REGISTRATION) ClientRegistration registration) {
		PropertyChecks.requireSecureUrlOf("token URI of the bean 'a55ClientRegistration'",
				registration.getProviderDetails().getTokenUri());
		return factory.accessTokens(registration);
	}

	@Bean(name = BeanNames.CLIENT_CONFIGURER, defaultCandidate = false)
	A55ClientConfigurer a55ClientConfigurer(@Qualifier(BeanNames.PROPERTIES) A55Properties properties,
			@Qualifier(BeanNames.CLIENT_FACTORY) A55ClientFactory factory,
			@Qualifier(BeanNames.ACCESS_TOKEN_CACHE) AccessTokenCache accessTokens) {
		return factory.configurer(properties.getBaseUrl(), accessTokens);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = "a55WebClient")
	WebClient a55WebClient(@Qualifier(BeanNames.CLIENT_FACTORY) A55ClientFactory factory,
			@Qualifier(BeanNames.CLIENT_CONFIGURER) A55ClientConfigurer a55) {
		return factory.webClient(a55);
	}

}
