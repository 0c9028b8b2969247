package tech.a55.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.a55.spring.boot.client.A55ClientConfigurer;
import tech.a55.spring.boot.client.ExchangeMetrics;
import tech.a55.spring.boot.connector.HttpConnectors;
import tech.a55.spring.boot.connector.OpenConnections;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.AccessTokenHealthIndicator;
import tech.a55.spring.boot.token.AccessTokenMetrics;
import tech.a55.spring.boot.token.CachedOAuth2AuthorizedClientManager;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.annotation.Configurations;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verifyNoInteractions;

/**
 * Tests for the starter in contexts other than the one that starts, runs and ends: lazy,
 * in a hierarchy, beside others, started again, with beans that have our names.
 * <p>
 * Not with {@code spring-boot-reactor-netty}: its {@code ReactorResourceFactory} ends the
 * event loops of the virtual machine with the first context that closes, for any client.
 */
class HostContextTests {

	private static final OpenConnections connections = new OpenConnections();

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance()
		.options(WireMockConfiguration.wireMockConfig().dynamicPort().networkTrafficListener(connections))
		.build();

	@RegisterExtension
	static final WireMockExtension otherServer = TestA55.server();

	@BeforeEach
	void stub() {
		TestA55.stub(server, "token");
		TestA55.stub(otherServer, "other-token");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55Clients", "a55WebClient", "a55RestClient", "a55AuthorizedClientManager",
			"a55HealthIndicator", "a55HealthContributor" })
	void beanOfOtherTypeReplacesOurs(String name) {
		contextRunner().withBean(name, String.class, () -> "of the host").run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(name)).isEqualTo("of the host");
		});
	}

	@Test
	void registrationOfOtherTypeIsReported() {
		TestA55.contextRunner(server)
			.withBean("a55ClientRegistration", String.class, () -> "of the host")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContainingAll("ClientRegistration", "\"a55ClientRegistration\""));
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55AccessTokenCache", "a55AccountMetrics", "a55AccountProperties", "a55Accounts",
			"a55AccessTokenMetrics", "a55AuthorizedClientManagerPostProcessor", "a55ClientConfigurer",
			"a55ClientFactory", "a55ExchangeMetrics", "a55HttpConnectors", "a55LazyInitializationExcludeFilter",
			"a55RestClientHttpServiceGroupConfigurer", "a55SanitizingFunction",
			"a55WebClientHttpServiceGroupConfigurer" })
	void beanThatCannotBeReplacedIsReported(String name) {
		contextRunner().withBean(name, String.class, () -> "of the host")
			.run((context) -> assertThat(context).getFailure().hasMessageContaining("'" + name + "'"));
	}

	@Test
	void eachBeanOfOursIsTriedUnderAnotherType() {
		contextRunner().run((context) -> assertThat(context.getBeanDefinitionNames())
			.filteredOn((name) -> name.startsWith("a55") && !name.contains("-"))
			.containsExactlyInAnyOrder("a55AccessTokenCache", "a55AccountMetrics", "a55AccountProperties",
					"a55Accounts", "a55Clients", "a55AccessTokenMetrics", "a55AuthorizedClientManager",
					"a55AuthorizedClientManagerPostProcessor", "a55ClientConfigurer", "a55ClientFactory",
					"a55ClientRegistration", "a55ExchangeMetrics", "a55HealthContributor", "a55HttpConnectors",
					"a55LazyInitializationExcludeFilter", "a55RestClient", "a55RestClientHttpServiceGroupConfigurer",
					"a55SanitizingFunction", "a55WebClient", "a55WebClientHttpServiceGroupConfigurer"));
	}

	@ParameterizedTest
	@ValueSource(classes = { A55ClientConfigurer.class, AccessTokenCache.class, AccessTokenHealthIndicator.class,
			AccessTokenMetrics.class, CachedOAuth2AuthorizedClientManager.class, ClientRegistration.class,
			ExchangeMetrics.class, HttpConnectors.class, OAuth2AuthorizedClientManager.class, RestClient.class,
			WebClient.class })
	<T> void beanOfTheSameTypeUnderAnotherNameChangesNothing(Class<T> type) {
		T other = mock(type);
		contextRunner().withUserConfiguration(NeedsInterface.class)
			.withBean("other", type, () -> other, (definition) -> definition.setPrimary(true))
			.run((context) -> {
				assertThat(context.getBean(type)).isSameAs(other);
				assertThat(call(context)).isEqualTo("ok");
				assertThat(context.getBean("a55RestClient", RestClient.class)
					.get()
					.uri("wallet")
					.retrieve()
					.body(String.class)).isEqualTo("ok");
				assertThat(context.getBean(Wallets.class).get()).isEqualTo("ok");
				assertThat(token(context)).isEqualTo("token");
				context.getBean("a55AccessTokenMetrics", AccessTokenMetrics.class).bindTo(new SimpleMeterRegistry());
				context.getBean("a55ExchangeMetrics", ExchangeMetrics.class).bindTo(new SimpleMeterRegistry());
				assertThat(context.getBean("a55HealthContributor", HealthIndicator.class).health())
					.extracting((health) -> Objects.requireNonNull(health).getStatus())
					.isEqualTo(Status.UP);
				verifyNoInteractions(other);
			});
		server.verify(1, TestA55.TOKEN_REQUEST);
	}

	@Test
	void internalBeanIsNotInjectedByTypeIntoTheHost() {
		AccessTokenCache own = mock();
		contextRunner().withBean("walletTokens", AccessTokenCache.class, () -> own)
			.withUserConfiguration(NeedsAccessTokenCache.class)
			.run((context) -> assertThat(context.getBean(NeedsAccessTokenCache.class).accessTokens).isSameAs(own));
	}

	private static ApplicationContextRunner contextRunner() {
		return TestA55.contextRunner(server)
			.withConfiguration(AutoConfigurations.of(A55MetricsAutoConfiguration.class,
					A55HealthContributorAutoConfiguration.class))
			.withBean(SimpleMeterRegistry.class)
			.withPropertyValues("a55.rest-client.enabled=true");
	}

	@Test
	void lazyContextCreatesTheClientsWhenTheyAreUsed() {
		try (ConfigurableApplicationContext context = run(application(NeedsInterface.class), server,
				"--spring.main.lazy-initialization=true", "--a55.rest-client.enabled=true")) {
			for (String name : List.of("a55WebClient", "a55RestClient", "a55AccessTokenCache")) {
				assertThat(context.getBeanFactory().containsSingleton(name)).isFalse();
			}
			assertThat(call(context)).isEqualTo("ok");
			assertThat(context.getBean(RestClient.class).get().uri("wallet").retrieve().body(String.class))
				.isEqualTo("ok");
			assertThat(context.getBean(Wallets.class).get()).isEqualTo("ok");
			assertThat(token(context)).isEqualTo("token");
		}
		server.verify(1, TestA55.TOKEN_REQUEST);
	}

	@Test
	void lazyContextDoesNotStartWithOneCredentialOnly() {
		SpringApplicationBuilder application = application().web(WebApplicationType.NONE);
		assertThatException()
			.isThrownBy(() -> application.run("--spring.main.lazy-initialization=true", "--a55.client-id=test").close())
			.withRootCauseInstanceOf(InvalidA55ConfigurationException.class);
	}

	@Test
	void lazyContextDoesNotStartWithAnAccountOfOneCredentialOnly() {
		SpringApplicationBuilder application = application().web(WebApplicationType.NONE);
		assertThatException()
			.isThrownBy(
					() -> application.run("--spring.main.lazy-initialization=true", "--a55.clients.shop.client-id=test")
						.close())
			.withRootCauseInstanceOf(InvalidA55ConfigurationException.class);
	}

	@Test
	void childInjectsTheClientOfItsParent() {
		try (ConfigurableApplicationContext parent = run(application(), server);
				ConfigurableApplicationContext child = run(
						new SpringApplicationBuilder(NeedsClient.class).parent(parent), server)) {
			assertThat(child.getBean("answer")).isEqualTo("ok");
			assertThat(token(child)).isEqualTo("token");
		}
		server.verify(1, TestA55.TOKEN_REQUEST);
	}

	@Test
	void childThatConfiguresTheStarterTooHasAClientOfItsOwn() {
		try (ConfigurableApplicationContext parent = run(application(), server)) {
			try (ConfigurableApplicationContext child = run(application(NeedsInterface.class).parent(parent),
					otherServer, "--a55.rest-client.enabled=true")) {
				assertThat(call(child)).isEqualTo("ok");
				assertThat(child.getBean(RestClient.class).get().uri("wallet").retrieve().body(String.class))
					.isEqualTo("ok");
				assertThat(child.getBean(Wallets.class).get()).isEqualTo("ok");
				assertThat(token(child)).isEqualTo("other-token");
			}
			server.verify(0, RequestPatternBuilder.allRequests());
			otherServer.verify(1, TestA55.TOKEN_REQUEST);
			assertThat(call(parent)).isEqualTo("ok");
			assertThat(token(parent)).isEqualTo("token");
		}
		server.verify(1, TestA55.TOKEN_REQUEST);
	}

	@Test
	void childThatSwitchesTheStarterOffHasNothingOfOurs() {
		contextRunner().run((parent) -> contextRunner().withPropertyValues("a55.enabled=false")
			.withParent(parent)
			.run((child) -> assertThat(child.getBeanDefinitionNames()).noneMatch((name) -> name.startsWith("a55"))));
	}

	@Test
	void contextsOfOneVirtualMachineHaveTheirOwnTokens() {
		try (ConfigurableApplicationContext context = run(application(), server)) {
			try (ConfigurableApplicationContext other = run(application(), otherServer)) {
				assertThat(call(context)).isEqualTo("ok");
				assertThat(call(other)).isEqualTo("ok");
				assertThat(token(context)).isEqualTo("token");
				assertThat(token(other)).isEqualTo("other-token");
			}
			assertThat(call(context)).isEqualTo("ok");
		}
		server.verify(1, TestA55.TOKEN_REQUEST);
		otherServer.verify(1, TestA55.TOKEN_REQUEST);
	}

	/**
	 * The threads and the idle connections of Reactor Netty are those of the virtual
	 * machine. A context opens two connections at most, one for the token and one for the
	 * call: what counts is that there are not two more each time.
	 */
	@Test
	void contextStartsAgainAndLeavesNoMoreThreadsAndConnections() {
		startCallAndClose();
		Set<String> threads = threads();
		for (int i = 0; i < 3; i++) {
			startCallAndClose();
			assertThat(threads()).isSubsetOf(threads);
			assertThat(connections.open()).isLessThanOrEqualTo(2);
		}
		server.verify(4, TestA55.TOKEN_REQUEST);
	}

	@Test
	void startOpensNoConnectionAndStartsNoThread() {
		startCallAndClose();
		Set<String> threads = threads();
		int opened = connections.opened();
		try (ConfigurableApplicationContext context = run(application(), server)) {
			assertThat(context.getBean("a55WebClient")).isNotNull();
			assertThat(threads()).isSubsetOf(threads);
			assertThat(connections.opened()).isEqualTo(opened);
		}
	}

	private static SpringApplicationBuilder application(Class<?>... sources) {
		return new SpringApplicationBuilder(Configurations.getClasses(TestA55.AUTO_CONFIGURATIONS)).sources(sources);
	}

	private static ConfigurableApplicationContext run(SpringApplicationBuilder builder, WireMockExtension a55,
			String... args) {
		SpringApplication application = builder.properties(TestA55.PATIENT)
			.web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.registerShutdownHook(false)
			.build();
		return application.run(Stream
			.concat(Stream.of(args),
					Stream.of("--a55.client-id=test", "--a55.client-secret=test",
							"--a55.base-url=" + a55.url("/api/v1/"), "--a55.token-uri=" + a55.url(TestA55.TOKEN_PATH)))
			.toArray(String[]::new));
	}

	private static void startCallAndClose() {
		try (ConfigurableApplicationContext context = run(application(), server)) {
			assertThat(call(context)).isEqualTo("ok");
		}
	}

	private static String call(ConfigurableApplicationContext context) {
		return call(context.getBean("a55WebClient", WebClient.class));
	}

	private static String call(WebClient client) {
		return String
			.valueOf(client.get().uri("wallet").retrieve().bodyToMono(String.class).block(Duration.ofSeconds(30)));
	}

	private static String token(ConfigurableApplicationContext context) {
		OAuth2AuthorizedClientManager manager = context.getBean("a55AuthorizedClientManager",
				OAuth2AuthorizedClientManager.class);
		OAuth2AuthorizeRequest request = OAuth2AuthorizeRequest.withClientRegistrationId("a55")
			.principal("test")
			.build();
		return Objects.requireNonNull(manager.authorize(request)).getAccessToken().getTokenValue();
	}

	/**
	 * Return the threads that may be ours, all but those of the server and the machine.
	 */
	private static Set<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter(Thread::isAlive)
			.map(Thread::getName)
			.filter((name) -> !name.startsWith("qtp") && !name.startsWith("Connector-Scheduler-"))
			.collect(Collectors.toSet());
	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsAccessTokenCache {

		private final AccessTokenCache accessTokens;

		NeedsAccessTokenCache(AccessTokenCache accessTokens) {
			this.accessTokens = accessTokens;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsClient {

		@Bean
		String answer(WebClient a55WebClient) {
			return call(a55WebClient);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class)
	static class NeedsInterface {

	}

	interface Wallets {

		@GetExchange("wallet")
		String get();

	}

}
