package tech.a55.spring.boot.autoconfigure;

import tech.a55.spring.boot.A55Clients;
import tech.a55.spring.boot.client.A55ClientConfigurer;
import tech.a55.spring.boot.connector.HttpConnectors;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.AccountName;

import org.springframework.beans.factory.BeanFactory;
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
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of a {@link WebClient} that is
 * authenticated for the A55 payments API.
 * <p>
 * How a token gets into a request: {@code a55AccessTokenCache} fetches the token from the
 * endpoint of {@code a55ClientRegistration} and keeps it. {@code a55ClientConfigurer}
 * adds a filter to the client {@code a55WebClient}. The filter sends each call as an
 * authorized request, which writes the token to its header. {@code a55Accounts} makes the
 * same for each account of {@code a55.clients} when it is first used.
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
@Import({ A55HttpServiceGroupConfiguration.class, A55SanitizingConfiguration.class })
public final class A55AutoConfiguration {

	/**
	 * Stops the start of an application that lacks one of the credentials, even with lazy
	 * initialization.
	 */
	@Bean
	static LazyInitializationExcludeFilter a55LazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(A55Properties.class, A55AccountProperties.class);
	}

	@Bean(name = BeanNames.ACCOUNT_PROPERTIES, defaultCandidate = false)
	A55AccountProperties a55AccountProperties(@Qualifier(BeanNames.PROPERTIES) A55Properties properties,
			Environment environment) {
		return new A55AccountProperties(properties, environment);
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
			@Qualifier(BeanNames.ACCOUNT_PROPERTIES) A55AccountProperties accounts,
			@Qualifier(BeanNames.CONNECTORS) HttpConnectors connectors, ConfigurableListableBeanFactory beanFactory,
			ConfigurableEnvironment environment) {
		return new A55ClientFactory(properties, accounts, connectors, beanFactory, environment);
	}

	@Bean(name = BeanNames.ACCOUNTS, defaultCandidate = false)
	A55Accounts a55Accounts(@Qualifier(BeanNames.ACCOUNT_PROPERTIES) A55AccountProperties properties,
			@Qualifier(BeanNames.CLIENT_FACTORY) A55ClientFactory factory, BeanFactory beanFactory) {
		return new A55Accounts(properties, factory, beanFactory);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = BeanNames.CLIENTS)
	A55Clients a55Clients(@Qualifier(BeanNames.ACCOUNTS) A55Accounts accounts) {
		return new DefaultA55Clients(accounts);
	}

	/**
	 * The account of {@code a55.client-id}. Other accounts have no beans.
	 */
	@Configuration(proxyBeanMethods = false)
	@Conditional(OnA55CredentialsCondition.OfDefaultAccount.class)
	@Import({ A55RestClientConfiguration.class, A55AuthorizedClientManagerConfiguration.class })
	static class DefaultAccountConfiguration {

		@Bean(defaultCandidate = false)
		@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = BeanNames.CLIENT_REGISTRATION)
		ClientRegistration a55ClientRegistration(@Qualifier(BeanNames.CLIENT_FACTORY) A55ClientFactory factory) {
			return factory.registration(AccountName.DEFAULT);
		}

		@Bean(name = BeanNames.ACCESS_TOKEN_CACHE, defaultCandidate = false)
		AccessTokenCache a55AccessTokenCache(@Qualifier(BeanNames.CLIENT_FACTORY) A55ClientFactory factory,
				@Qualifier(BeanNames.CLIENT_REGISTRATION) ClientRegistration registration) {
			PropertyChecks.requireSecureUrlOf("token URI of the bean 'a55ClientRegistration'",
					registration.getProviderDetails().getTokenUri());
			return factory.accessTokens(AccountName.DEFAULT, registration);
		}

		@Bean(name = BeanNames.CLIENT_CONFIGURER, defaultCandidate = false)
		A55ClientConfigurer a55ClientConfigurer(@Qualifier(BeanNames.CLIENT_FACTORY) A55ClientFactory factory,
				@Qualifier(BeanNames.ACCESS_TOKEN_CACHE) AccessTokenCache accessTokens) {
			return factory.configurer(accessTokens);
		}

		@Bean
		@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = BeanNames.WEB_CLIENT)
		WebClient a55WebClient(@Qualifier(BeanNames.CLIENT_FACTORY) A55ClientFactory factory,
				@Qualifier(BeanNames.CLIENT_CONFIGURER) A55ClientConfigurer a55) {
			return factory.webClient(a55);
		}

	}

}
