package tech.a55.spring.boot.autoconfigure;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.a55.spring.boot.A55Clients;

import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link MissingA55BeanFailureAnalyzer}.
 */
@ExtendWith(OutputCaptureExtension.class)
class MissingA55BeanFailureAnalyzerTests {

	private static final String EXCLUDED = "--spring.autoconfigure.exclude="
			+ "tech.a55.spring.boot.autoconfigure.A55AutoConfiguration,"
			+ "org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration";

	@ParameterizedTest
	@ValueSource(classes = { NeedsWebClient.class, NeedsA55WebClient.class, NeedsAuthorizedClientManager.class,
			NeedsClientRegistration.class, NeedsBeanByName.class, NeedsRestClient.class })
	void beanThatNeedsTheDefaultAccountIsToldOfTheAccountsThatThereAre(Class<?> application, CapturedOutput output) {
		failToStart(application, "--a55.clients.shop.client-id=test", "--a55.clients.shop.client-secret=hidden-value",
				"--a55.clients.my-market.client-id=test", "--a55.clients.my-market.client-secret=hidden-value");
		assertThat(output)
			.contains("APPLICATION FAILED TO START",
					"There is no default A55 account, because neither 'a55.client-id' nor 'a55.client-secret' is set, "
							+ "but there are the accounts: my-market, shop.",
					"Inject A55Clients")
			.doesNotContain("hidden-value");
	}

	@Test
	void beanThatNeedsAnUnknownAccountIsToldOfThoseThatThereAre(CapturedOutput output) {
		failToStart(NeedsUnknownAccount.class, "--a55.client-id=test", "--a55.client-secret=hidden-value",
				"--a55.clients.shop.client-id=test", "--a55.clients.shop.client-secret=hidden-value");
		assertThat(output).contains("APPLICATION FAILED TO START",
				"There is no A55 account 'other', but there are: default, shop.",
				"Correct the name, or set 'a55.clients.other.client-id' and 'a55.clients.other.client-secret'.");
	}

	@Test
	void contextWithoutTheAutoConfigurationIsToldToMockTheClients(CapturedOutput output) {
		failToStart(NeedsClients.class, EXCLUDED, "--a55.clients.shop.client-id=test");
		assertThat(output).contains("The A55 starter is not part of this context",
				"Mock the bean (@MockitoBean A55Clients a55Clients)");
	}

	@Test
	void beanThatNeedsTheClientsWithoutCredentialsIsToldOfThem(CapturedOutput output) {
		failToStart(NeedsClients.class);
		assertThat(output).contains("neither 'a55.client-id' nor 'a55.client-secret' is set.");
	}

	@ParameterizedTest
	@ValueSource(classes = { NeedsWebClient.class, NeedsA55WebClient.class, NeedsAuthorizedClientManager.class,
			NeedsClientRegistration.class, NeedsBeanByName.class })
	void beanThatNeedsOursWithoutCredentialsIsToldOfBothProperties(Class<?> application, CapturedOutput output) {
		failToStart(application);
		assertThat(output).contains("APPLICATION FAILED TO START", application.getName(),
				"neither 'a55.client-id' nor 'a55.client-secret' is set.",
				"Set both 'a55.client-id' and 'a55.client-secret' (A55_CLIENT_ID and A55_CLIENT_SECRET in the environment)");
	}

	@Test
	void beanThatNeedsOursWhereThatIsSwitchedOffIsToldSo(CapturedOutput output) {
		failToStart(NeedsA55WebClient.class, "--a55.enabled=false", "--a55.client-id=test",
				"--a55.client-secret=hidden-value");
		assertThat(output)
			.contains("APPLICATION FAILED TO START", "The A55 starter is disabled (a55.enabled=false).",
					"'a55.enabled=false'")
			.doesNotContain("hidden-value", "neither");
	}

	@Test
	void beanThatNeedsTheRestClientIsToldOfItsSwitch(CapturedOutput output) {
		failToStart(NeedsRestClient.class, "--a55.client-id=test", "--a55.client-secret=hidden-value");
		assertThat(output).contains("APPLICATION FAILED TO START", "'a55.rest-client.enabled' is not true.",
				"Set 'a55.rest-client.enabled' to true, use the WebClient 'a55WebClient'");
	}

	@Test
	void beanThatNeedsTheRestClientWithoutCredentialsIsToldOfThemAndOfItsSwitch(CapturedOutput output) {
		failToStart(NeedsRestClient.class);
		assertThat(output).contains("neither 'a55.client-id' nor 'a55.client-secret' is set.",
				"and 'a55.rest-client.enabled' to true, or define a bean of your own.");
	}

	@Test
	void beanThatNeedsAManagerWithoutItsQualifierIsToldOfIt(CapturedOutput output) {
		failToStart(NeedsAnyAuthorizedClientManager.class, "--a55.client-id=test", "--a55.client-secret=hidden-value");
		assertThat(output).contains("APPLICATION FAILED TO START",
				"the A55 starter offers by its qualifier only: 'a55AuthorizedClientManager'.",
				"Add @Qualifier(\"a55AuthorizedClientManager\")");
	}

	@Test
	void beanThatNeedsARegistrationWithoutItsQualifierIsToldOfIt(CapturedOutput output) {
		failToStart(NeedsAnyClientRegistration.class, "--a55.client-id=test", "--a55.client-secret=hidden-value");
		assertThat(output).contains("APPLICATION FAILED TO START", "Add @Qualifier(\"a55ClientRegistration\")");
	}

	@Test
	void childThatLacksAManagerOfItsOwnIsToldOfThatOfItsParent(CapturedOutput output) {
		try (ConfigurableApplicationContext parent = application(NeedsNothing.class).run("--a55.client-id=test",
				"--a55.client-secret=hidden-value")) {
			SpringApplication child = new SpringApplicationBuilder(NeedsAnyAuthorizedClientManager.class)
				.web(WebApplicationType.NONE)
				.parent(parent)
				.build();
			assertThatExceptionOfType(Exception.class).isThrownBy(() -> child.run("--a55.enabled=false").close());
		}
		assertThat(output).contains("APPLICATION FAILED TO START",
				"the A55 starter offers by its qualifier only: 'a55AuthorizedClientManager'.",
				"or define one of your own");
	}

	@Test
	void beanThatNeedsAManagerOfItsOwnWithoutCredentialsIsLeftToBoot(CapturedOutput output) {
		failToStart(NeedsAnyAuthorizedClientManager.class);
		assertThat(output).contains("APPLICATION FAILED TO START", "that could not be found")
			.doesNotContain("a55.client");
	}

	@Test
	void beanThatNeedsSomethingElseIsLeftToBoot(CapturedOutput output) {
		failToStart(NeedsSomethingElse.class);
		assertThat(output).contains("APPLICATION FAILED TO START", "required a bean of type 'java.lang.Runnable'")
			.doesNotContain("a55.client-id");
	}

	@Test
	void choiceBetweenSeveralBeansOfTheHostIsLeftToBoot(CapturedOutput output) {
		failToStart(HasTwoWebClients.class);
		assertThat(output).contains("APPLICATION FAILED TO START", "required a single bean, but 2 were found")
			.doesNotContain("a55.client-id");
	}

	@ParameterizedTest
	@ValueSource(strings = { "--a55.enabled=true", "--a55.client-secret=hidden-value" })
	void contextWithoutTheAutoConfigurationIsToldWhatHelpsInATest(String property, CapturedOutput output) {
		failToStart(NeedsA55WebClient.class, EXCLUDED, property);
		assertThat(output).contains("APPLICATION FAILED TO START", "The A55 starter is not part of this context",
				"Mock the bean (@MockitoBean WebClient a55WebClient)",
				"@ImportAutoConfiguration(A55AutoConfiguration.class) and set 'a55.client-id' and 'a55.client-secret' to any value.")
			.doesNotContain("Set both", "hidden-value");
	}

	@Test
	void contextWithoutTheAutoConfigurationIsToldOfTheSwitchOfTheRestClient(CapturedOutput output) {
		failToStart(NeedsRestClient.class, EXCLUDED);
		assertThat(output).contains("Mock the bean (@MockitoBean RestClient a55RestClient)",
				"to any value, and 'a55.rest-client.enabled' to true.");
	}

	@Test
	void missingBeanIsLeftToBootWhereA55IsConfigured() {
		MockEnvironment environment = new MockEnvironment().withProperty("a55.client-id", "test");
		DefaultListableBeanFactory beanFactory = new DefaultListableBeanFactory();
		beanFactory.registerBeanDefinition("any", new RootBeanDefinition(WebClientAutoConfiguration.class));
		beanFactory.registerSingleton("a55Accounts", "");
		assertThat(new MissingA55BeanFailureAnalyzer(environment, beanFactory)
			.analyze(new NoSuchBeanDefinitionException(WebClient.class))).isNull();
	}

	private static void failToStart(Class<?> application, String... args) {
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> application(application).run(args).close());
	}

	private static SpringApplication application(Class<?> application) {
		return new SpringApplicationBuilder(application).web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off")
			.build();
	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsNothing {

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsClients {

		@Bean
		String names(A55Clients clients) {
			return clients.names().toString();
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsUnknownAccount {

		@Bean
		WebClient otherWebClient(A55Clients clients) {
			return clients.webClient("other");
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsWebClient {

		@Autowired
		NeedsWebClient(WebClient webClient) {
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsA55WebClient {

		@Autowired
		NeedsA55WebClient(@Qualifier("a55WebClient") WebClient webClient) {
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsAuthorizedClientManager {

		@Autowired
		NeedsAuthorizedClientManager(@Qualifier("a55AuthorizedClientManager") OAuth2AuthorizedClientManager manager) {
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsClientRegistration {

		@Autowired
		NeedsClientRegistration(@Qualifier("a55ClientRegistration") ClientRegistration registration) {
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsRestClient {

		@Autowired
		NeedsRestClient(RestClient restClient) {
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsAnyAuthorizedClientManager {

		@Autowired
		NeedsAnyAuthorizedClientManager(OAuth2AuthorizedClientManager manager) {
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsAnyClientRegistration {

		@Autowired
		NeedsAnyClientRegistration(ClientRegistration registration) {
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsBeanByName {

		@Bean
		String url(ApplicationContext context) {
			return context.getBean("a55WebClient").toString();
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsSomethingElse {

		@Autowired
		NeedsSomethingElse(Runnable runnable) {
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class HasTwoWebClients {

		@Bean
		WebClient one() {
			return WebClient.create();
		}

		@Bean
		WebClient two() {
			return WebClient.create();
		}

		@Bean
		String client(WebClient webClient) {
			return webClient.toString();
		}

	}

}
