package tech.a55.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.a55.spring.boot.A55WebClientCustomizer;
import tech.a55.spring.boot.connector.HttpConnectors;
import tech.a55.spring.boot.token.AccessTokenCache;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.actuate.autoconfigure.context.properties.ConfigurationPropertiesReportEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.env.EnvironmentEndpointAutoConfiguration;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint;
import org.springframework.boot.actuate.env.EnvironmentEndpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.ApplicationContextAssertProvider;
import org.springframework.boot.test.context.runner.AbstractApplicationContextRunner;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.ReactiveOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.ReactiveOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.registration.ReactiveClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.server.ServerOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link A55AutoConfiguration}.
 */
class A55AutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(TestA55.AUTO_CONFIGURATIONS);

	private final ApplicationContextRunner configuredRunner = this.contextRunner
		.withPropertyValues(TestA55.CREDENTIALS);

	@Test
	void consoleApplicationHasTheBeans() {
		assertHasTheBeans(new ApplicationContextRunner());
	}

	@Test
	void servletApplicationHasTheBeans() {
		assertHasTheBeans(new WebApplicationContextRunner());
	}

	@Test
	void reactiveApplicationHasTheBeans() {
		assertHasTheBeans(new ReactiveWebApplicationContextRunner());
	}

	@Test
	void environmentVariablesAreEnough() {
		Map<String, Object> variables = Map.of("A55_CLIENT_ID", "id-of-environment", "A55_CLIENT_SECRET",
				"secret-of-environment", "A55_BASE_URL", "https://api.example/v1", "A55_TOKEN_URI",
				"https://auth.example/token");
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
						new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
								variables)))
			.run((context) -> {
				A55Properties properties = context.getBean(A55Properties.class);
				assertThat(properties.getClientId()).isEqualTo("id-of-environment");
				assertThat(properties.getBaseUrl()).hasToString("https://api.example/v1");
				assertThat(properties.getTokenUri()).hasToString("https://auth.example/token");
			});
	}

	@Test
	void nothingIsThereWithoutCredentials() {
		this.contextRunner.run(A55AutoConfigurationTests::assertHasNothingOfOurs);
	}

	@Test
	void nothingIsThereWhenSwitchedOff() {
		this.configuredRunner.withPropertyValues("a55.enabled=false")
			.run(A55AutoConfigurationTests::assertHasNothingOfOurs);
	}

	@Test
	void nothingIsCheckedWhenSwitchedOff() {
		this.contextRunner.withPropertyValues("a55.enabled=false", "a55.client-id=", "a55.base-url=ftp://host")
			.run(A55AutoConfigurationTests::assertHasNothingOfOurs);
	}

	@ParameterizedTest
	@ValueSource(classes = { WebClient.class, ClientRegistration.class })
	void nothingIsThereWithoutTheClassesOf(Class<?> type) {
		this.configuredRunner.withClassLoader(new FilteredClassLoader(type))
			.run(A55AutoConfigurationTests::assertHasNothingOfOurs);
	}

	@Test
	void registrationHasTheValuesOfTheContract() {
		this.configuredRunner.run((context) -> {
			ClientRegistration registration = context.getBean("a55ClientRegistration", ClientRegistration.class);
			assertThat(registration.getRegistrationId()).isEqualTo("a55");
			assertThat(registration.getClientId()).isEqualTo(TestA55.CLIENT_ID);
			assertThat(registration.getAuthorizationGrantType()).isEqualTo(AuthorizationGrantType.CLIENT_CREDENTIALS);
			assertThat(registration.getClientAuthenticationMethod())
				.isEqualTo(ClientAuthenticationMethod.CLIENT_SECRET_POST);
			assertThat(registration.getProviderDetails().getTokenUri())
				.isEqualTo("https://smart-capital.auth.us-east-1.amazoncognito.com/oauth2/token");
			assertThat(registration.getScopes()).isNullOrEmpty();
			assertThat(registration.toString()).contains(TestA55.CLIENT_ID).doesNotContain(TestA55.CLIENT_SECRET);
		});
	}

	@Test
	void registrationTakesTokenUriAndScopesFromTheProperties() {
		this.configuredRunner
			.withPropertyValues("a55.token-uri=https://auth.example/token", "a55.scopes=api/readwrite,other")
			.run((context) -> {
				ClientRegistration registration = context.getBean("a55ClientRegistration", ClientRegistration.class);
				assertThat(registration.getProviderDetails().getTokenUri()).isEqualTo("https://auth.example/token");
				assertThat(registration.getScopes()).containsExactly("api/readwrite", "other");
			});
	}

	@Test
	void registrationOfTheHostReplacesOurs() {
		ClientRegistration own = registration("own");
		this.configuredRunner.withBean("a55ClientRegistration", ClientRegistration.class, () -> own).run((context) -> {
			assertThat(context).hasNotFailed().hasBean("a55WebClient");
			assertThat(context.getBean("a55ClientRegistration")).isSameAs(own);
		});
	}

	@Test
	void webClientOfTheHostReplacesOurs() {
		WebClient own = WebClient.create();
		this.configuredRunner.withBean("a55WebClient", WebClient.class, () -> own).run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(WebClient.class).hasBean("a55AuthorizedClientManager");
			assertThat(context.getBean("a55WebClient")).isSameAs(own);
		});
	}

	@Test
	void managerOfTheHostReplacesOurs() {
		OAuth2AuthorizedClientManager own = mock();
		this.configuredRunner.withBean("a55AuthorizedClientManager", OAuth2AuthorizedClientManager.class, () -> own)
			.run((context) -> {
				assertThat(context).hasNotFailed()
					.hasSingleBean(OAuth2AuthorizedClientManager.class)
					.hasBean("a55WebClient");
				assertThat(context.getBean("a55AuthorizedClientManager")).isSameAs(own);
			});
	}

	@Test
	void otherRegistrationOfTheHostIsTheOneInjectedByType() {
		ClientRegistration own = registration("own");
		this.configuredRunner.withBean("ownRegistration", ClientRegistration.class, () -> own)
			.withUserConfiguration(NeedsRegistration.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(NeedsRegistration.class).registration).isSameAs(own);
				assertThat(context.getBean("a55ClientRegistration", ClientRegistration.class).getRegistrationId())
					.isEqualTo("a55");
			});
	}

	@Test
	void otherWebClientOfTheHostIsInjectedByItsName() {
		WebClient own = WebClient.create();
		this.configuredRunner.withBean("ownWebClient", WebClient.class, () -> own)
			.withUserConfiguration(NeedsBothWebClients.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				NeedsBothWebClients needs = context.getBean(NeedsBothWebClients.class);
				assertThat(needs.own).isSameAs(own);
				assertThat(needs.a55).isSameAs(context.getBean("a55WebClient"));
			});
	}

	@Test
	void webClientIsInjectedByTypeWhereItIsTheOnlyOne() {
		this.configuredRunner
			.run((context) -> assertThat(context.getBean(WebClient.class)).isSameAs(context.getBean("a55WebClient")));
	}

	@ParameterizedTest
	@ValueSource(classes = { ClientRegistrationRepository.class, ReactiveClientRegistrationRepository.class,
			OAuth2AuthorizedClientService.class, ReactiveOAuth2AuthorizedClientService.class,
			OAuth2AuthorizedClientRepository.class, ServerOAuth2AuthorizedClientRepository.class,
			ReactiveOAuth2AuthorizedClientManager.class, SecurityFilterChain.class, SecurityWebFilterChain.class,
			WebClient.Builder.class, WebClientCustomizer.class, ClientHttpConnector.class, HttpClientSettings.class })
	void noBeanIsAddedOfType(Class<?> type) {
		this.contextRunner
			.run((without) -> this.configuredRunner.run((with) -> assertThat(with.getBeanNamesForType(type))
				.containsExactlyInAnyOrder(without.getBeanNamesForType(type))));
	}

	@Test
	void customizersOfTheHostComeAlong() {
		this.configuredRunner.withBean("hostCustomizer", WebClientCustomizer.class, () -> header("host"))
			.run((context) -> assertThat(headers(context)).containsExactly("host"));
	}

	@Test
	void builderOfTheHostIsNeitherUsedNorChanged() {
		this.configuredRunner
			.withBean("hostBuilder", WebClient.Builder.class, () -> WebClient.builder().defaultHeader("X-Test", "own"))
			.withBean("hostCustomizer", WebClientCustomizer.class, () -> header("host"))
			.withBean("a55Customizer", A55WebClientCustomizer.class, () -> header("a55")::customize)
			.run((context) -> {
				assertThat(headers(context)).containsExactly("host", "a55");
				assertThat(headers(context.getBean(WebClient.Builder.class))).containsExactly("own");
			});
	}

	@Test
	void ownCustomizersAreAppliedInOrderAndAfterThoseOfTheHost() {
		this.configuredRunner.withUserConfiguration(Customizers.class)
			.run((context) -> assertThat(headers(context)).containsExactly("host", "first", "second"));
	}

	@Test
	void ownCustomizersAreAppliedToNoOtherBuilder() {
		this.configuredRunner.withUserConfiguration(Customizers.class)
			.run((context) -> assertThat(headers(context.getBean(WebClient.Builder.class))).containsExactly("host"));
	}

	@Test
	void timeoutsHaveDefaults() {
		this.configuredRunner.run((context) -> assertTimeouts(context, Duration.ofSeconds(5), Duration.ofSeconds(60)));
	}

	@Test
	void timeoutsOfAllHttpClientsAreUsed() {
		this.configuredRunner
			.withPropertyValues("spring.http.clients.connect-timeout=1s", "spring.http.clients.read-timeout=2s")
			.run((context) -> assertTimeouts(context, Duration.ofSeconds(1), Duration.ofSeconds(2)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "-1s" })
	void timeoutsOfAllHttpClientsThatWaitForEverAreNotUsed(String timeout) {
		this.configuredRunner
			.withPropertyValues("spring.http.clients.connect-timeout=" + timeout,
					"spring.http.clients.read-timeout=" + timeout)
			.run((context) -> assertTimeouts(context, Duration.ofSeconds(5), Duration.ofSeconds(60)));
	}

	@Test
	void timeoutsOfThisClientGoFirst() {
		this.configuredRunner
			.withPropertyValues("spring.http.clients.connect-timeout=1s", "spring.http.clients.read-timeout=2s",
					"a55.read-timeout=3s")
			.run((context) -> assertTimeouts(context, Duration.ofSeconds(1), Duration.ofSeconds(3)));
	}

	@Test
	void sslBundleIsUsed() {
		this.configuredRunner
			.withPropertyValues("spring.ssl.bundle.pem.partner.options.enabled-protocols=TLSv1.3",
					"a55.ssl.bundle=partner")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(HttpConnectors.class).settings().sslBundle()).isNotNull()
					.extracting((bundle) -> bundle.getOptions().getEnabledProtocols())
					.isEqualTo(new String[] { "TLSv1.3" });
			});
	}

	@Test
	void unqualifiedInjectionOfAManagerDoesNotGetOurs() {
		this.configuredRunner.withUserConfiguration(NeedsManagers.class).run((context) -> {
			NeedsManagers managers = context.getBean(NeedsManagers.class);
			assertThat(managers.unqualified).isNull();
			assertThat(managers.all).isEmpty();
			assertThat(managers.qualified).isNotNull();
		});
	}

	@Test
	void managerOfTheHostUnderAnAliasReplacesOurs() {
		this.contextRunner.withUserConfiguration(AliasedManagerConfiguration.class)
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(OAuth2AuthorizedClientManager.class));
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.client-secret=s3cr3t", "a55.client-secret=other;A55_CLIENT_SECRET=s3cr3t",
			"a55.client-secret=${mine};mine=s3cr3t",
			"a55.client-secret=s3cr3t;sun.java.command=java -jar app.jar --a55.client-secret=s3cr3t" })
	void actuatorPagesShowNoSecretAlthoughTheyShowValues(String properties) {
		this.contextRunner
			.withConfiguration(AutoConfigurations.of(EnvironmentEndpointAutoConfiguration.class,
					ConfigurationPropertiesReportEndpointAutoConfiguration.class))
			.withPropertyValues("management.endpoints.web.exposure.include=*",
					"management.endpoints.jmx.exposure.include=*", "spring.jmx.enabled=true",
					"management.endpoint.env.show-values=always", "management.endpoint.configprops.show-values=always",
					"a55.client-id=shown")
			.withPropertyValues(properties.split(";"))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				JsonMapper json = JsonMapper.shared();
				String env = json.writeValueAsString(context.getBean(EnvironmentEndpoint.class).environment(null));
				assertThat(env).contains("\"shown\"")
					.containsIgnoringCase("client")
					.contains("******")
					.doesNotContain("s3cr3t");
				String report = json.writeValueAsString(
						context.getBean(ConfigurationPropertiesReportEndpoint.class).configurationProperties());
				assertThat(report).contains("a55-tech.a55").contains("\"shown\"").doesNotContain("s3cr3t");
			});
	}

	@Test
	void unqualifiedInjectionOfAManagerGetsThatOfTheHost() {
		OAuth2AuthorizedClientManager own = mock();
		this.configuredRunner.withBean("ownManager", OAuth2AuthorizedClientManager.class, () -> own)
			.withUserConfiguration(NeedsManagers.class)
			.run((context) -> {
				NeedsManagers managers = context.getBean(NeedsManagers.class);
				assertThat(managers.unqualified).isSameAs(own);
				assertThat(managers.all).containsExactly(own);
				assertThat(managers.qualified).isNotNull().isNotSameAs(own);
			});
	}

	private static <R extends AbstractApplicationContextRunner<R, C, A>, C extends ConfigurableApplicationContext, A extends ApplicationContextAssertProvider<C>> void assertHasTheBeans(
			R runner) {
		runner.withConfiguration(TestA55.AUTO_CONFIGURATIONS).withPropertyValues(TestA55.CREDENTIALS).run((context) -> {
			assertThat(context.getStartupFailure()).isNull();
			assertThat(context.getBean("a55ClientRegistration")).isInstanceOf(ClientRegistration.class);
			assertThat(context.getBean("a55WebClient")).isInstanceOf(WebClient.class);
			assertThat(context.getBean("a55AuthorizedClientManager")).isInstanceOf(OAuth2AuthorizedClientManager.class);
			assertThat(context.getBeanNamesForType(AccessTokenCache.class)).hasSize(1);
		});
	}

	private static void assertHasNothingOfOurs(ApplicationContext context) {
		assertThat(Arrays.stream(context.getBeanDefinitionNames())
			.flatMap((name) -> Stream.of(name, String.valueOf(context.getType(name))))).isNotEmpty()
			.noneMatch((name) -> name.startsWith("a55") || name.contains("tech.a55."));
	}

	private static void assertTimeouts(ApplicationContext context, Duration connect, Duration read) {
		HttpClientSettings settings = context.getBean(HttpConnectors.class).settings();
		assertThat(settings.connectTimeout()).isEqualTo(connect);
		assertThat(settings.readTimeout()).isEqualTo(read);
	}

	private static WebClientCustomizer header(String value) {
		return (builder) -> builder.defaultHeaders((headers) -> headers.add("X-Test", value));
	}

	/**
	 * Return what the customizers of {@link #header} have left in the A55 client.
	 */
	private static List<String> headers(ApplicationContext context) {
		return headers(context.getBean("a55WebClient", WebClient.class).mutate());
	}

	private static List<String> headers(WebClient.Builder builder) {
		HttpHeaders headers = new HttpHeaders();
		builder.defaultHeaders(headers::addAll);
		return headers.getOrEmpty("X-Test");
	}

	private static ClientRegistration registration(String registrationId) {
		return ClientRegistration.withRegistrationId(registrationId)
			.clientId("own-client")
			.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
			.tokenUri("https://own.example/token")
			.build();
	}

	@Configuration(proxyBeanMethods = false)
	static class Customizers {

		@Bean
		@Order(2)
		A55WebClientCustomizer second() {
			return header("second")::customize;
		}

		@Bean
		@Order(1)
		A55WebClientCustomizer first() {
			return header("first")::customize;
		}

		@Bean
		WebClientCustomizer host() {
			return header("host");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsRegistration {

		private final ClientRegistration registration;

		NeedsRegistration(ClientRegistration registration) {
			this.registration = registration;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsBothWebClients {

		private final WebClient own;

		private final WebClient a55;

		NeedsBothWebClients(WebClient ownWebClient, WebClient a55WebClient) {
			this.own = ownWebClient;
			this.a55 = a55WebClient;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsManagers {

		private final @Nullable OAuth2AuthorizedClientManager unqualified;

		private final List<OAuth2AuthorizedClientManager> all;

		private final OAuth2AuthorizedClientManager qualified;

		NeedsManagers(ObjectProvider<OAuth2AuthorizedClientManager> managers,
				@Qualifier("a55AuthorizedClientManager") OAuth2AuthorizedClientManager qualified) {
			this.unqualified = managers.getIfAvailable();
			this.all = managers.stream().toList();
			this.qualified = qualified;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class AliasedManagerConfiguration {

		@Bean({ "mine", "a55AuthorizedClientManager" })
		OAuth2AuthorizedClientManager manager() {
			return (request) -> null;
		}

	}

}
