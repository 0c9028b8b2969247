package tech.a55.spring.boot.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tech.a55.spring.boot.A55Clients;
import tech.a55.spring.boot.A55WebClientCustomizer;
import tech.a55.spring.boot.connector.OpenConnections;
import tech.a55.spring.boot.connector.TestConnectors;
import tech.a55.spring.boot.token.AccessTokenCache;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContext;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link A55Clients}.
 */
@ExtendWith(OutputCaptureExtension.class)
class A55ClientsTests {

	private static final OpenConnections connections = new OpenConnections();

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance()
		.options(WireMockConfiguration.wireMockConfig().dynamicPort().networkTrafficListener(connections))
		.build();

	@RegisterExtension
	static final WireMockExtension otherServer = TestA55.server();

	private final ApplicationContextRunner shopRunner = TestA55.runnerWithoutCredentials(server)
		.withPropertyValues(TestA55.account("shop"));

	private final ApplicationContextRunner contextRunner = this.shopRunner.withPropertyValues(TestA55.CREDENTIALS);

	@BeforeEach
	void stub() {
		TestA55.stub(server, TestA55.CLIENT_ID, "token-of-default");
		TestA55.stub(server, "shop-client", "token-of-shop");
		TestA55.stub(otherServer, "other-client", "token-of-other");
	}

	@Test
	void clientsOfAnAccountShareItsToken() {
		this.contextRunner.run((context) -> {
			A55Clients clients = context.getBean(A55Clients.class);
			assertThat(clients.names()).containsExactly("default", "shop");
			assertThat(call(clients.webClient("shop"))).isEqualTo("ok");
			assertThat(call(clients.restClient("shop"))).isEqualTo("ok");
			assertThat(token(clients, "shop", "a55-shop")).isEqualTo("token-of-shop");
			server.verify(1, TestA55.TOKEN_REQUEST);
			server.verify(1,
					WireMock.postRequestedFor(WireMock.urlEqualTo(TestA55.TOKEN_PATH))
						.withFormParam("client_id", WireMock.equalTo("shop-client"))
						.withFormParam("client_secret", WireMock.equalTo("shop-secret")));
			server.verify(2, RequestPatternBuilder.newRequestPattern()
				.withHeader("Authorization", WireMock.equalTo("Bearer token-of-shop")));
		});
	}

	@Test
	void clientsOfTheDefaultAccountAreTheBeans() {
		this.contextRunner.withPropertyValues("a55.rest-client.enabled=true").run((context) -> {
			A55Clients clients = context.getBean(A55Clients.class);
			assertThat(clients.webClient("default")).isSameAs(context.getBean("a55WebClient"));
			assertThat(clients.restClient("default")).isSameAs(context.getBean("a55RestClient"));
			assertThat(clients.authorizedClientManager("default"))
				.isSameAs(context.getBean("a55AuthorizedClientManager"));
			assertThat(call(clients.webClient("default"))).isEqualTo("ok");
			assertThat(token(clients, "default", "a55")).isEqualTo("token-of-default");
		});
	}

	@Test
	void restClientsNeedNoBean() {
		this.contextRunner.run((context) -> {
			A55Clients clients = context.getBean(A55Clients.class);
			assertThat(context).doesNotHaveBean(RestClient.class);
			assertThat(call(clients.restClient("default"))).isEqualTo("ok");
			assertThat(token(clients, "default", "a55")).isEqualTo("token-of-default");
			server.verify(1, TestA55.TOKEN_REQUEST);
		});
	}

	@Test
	void sameNameGivesTheSameInstanceAlsoToThoseWhoAskAtOnce() throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(8);
		try {
			this.contextRunner.run((context) -> {
				A55Clients clients = context.getBean(A55Clients.class);
				CountDownLatch start = new CountDownLatch(1);
				Callable<List<Object>> get = () -> {
					start.await();
					return List.of(clients.webClient("shop"), clients.restClient("shop"),
							clients.authorizedClientManager("shop"));
				};
				List<Future<List<Object>>> results = new ArrayList<>();
				for (int i = 0; i < 8; i++) {
					results.add(executor.submit(get));
				}
				start.countDown();
				for (Future<List<Object>> result : results) {
					assertThat(result.get()).usingElementComparator((one, other) -> (one == other) ? 0 : 1)
						.isEqualTo(get.call());
				}
			});
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void nothingIsMadeOrFetchedBeforeAnAccountIsUsed() {
		List<String> customized = new ArrayList<>();
		this.shopRunner.withBean(A55WebClientCustomizer.class, () -> recording(customized)).run((context) -> {
			A55Clients clients = context.getBean(A55Clients.class);
			assertThat(customized).isEmpty();
			WebClient client = clients.webClient("shop");
			assertThat(customized).containsExactly("shop");
			server.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
			assertThat(call(client)).isEqualTo("ok");
		});
	}

	@Test
	void customizersAreToldWhichAccountTheyCustomize() {
		List<String> customized = new ArrayList<>();
		this.contextRunner.withBean(A55WebClientCustomizer.class, () -> recording(customized)).run((context) -> {
			A55Clients clients = context.getBean(A55Clients.class);
			call(clients.webClient("shop"));
			call(clients.webClient("default"));
			assertThat(customized).containsExactly("default", "shop");
			server.verify(1,
					RequestPatternBuilder.newRequestPattern()
						.withHeader("X-Client", WireMock.equalTo("shop"))
						.withHeader("Authorization", WireMock.equalTo("Bearer token-of-shop")));
		});
	}

	@Test
	void customizerThatIsALambdaAppliesToAllAccounts() {
		A55WebClientCustomizer customizer = (builder) -> builder.defaultHeader("X-Test", "all");
		this.contextRunner.withBean(A55WebClientCustomizer.class, () -> customizer).run((context) -> {
			A55Clients clients = context.getBean(A55Clients.class);
			clients.names().forEach((name) -> call(clients.webClient(name)));
			server.verify(2, RequestPatternBuilder.newRequestPattern().withHeader("X-Test", WireMock.equalTo("all")));
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "other", "Shop", "a55-shop", "" })
	void unknownNameFailsAndListsThoseThatThereAre(String name) {
		this.contextRunner.run((context) -> {
			A55Clients clients = context.getBean(A55Clients.class);
			String message = "There is no A55 account '" + name + "', but there are: default, shop.";
			assertThatIllegalArgumentException().isThrownBy(() -> clients.webClient(name)).withMessage(message);
			assertThatIllegalArgumentException().isThrownBy(() -> clients.restClient(name)).withMessage(message);
			assertThatIllegalArgumentException().isThrownBy(() -> clients.authorizedClientManager(name))
				.withMessage(message);
		});
	}

	@Test
	void withoutADefaultAccountItsBeansAreNotThere() {
		this.shopRunner.withPropertyValues("a55.rest-client.enabled=true").run((context) -> {
			assertThat(context).hasNotFailed()
				.doesNotHaveBean(WebClient.class)
				.doesNotHaveBean(RestClient.class)
				.doesNotHaveBean(AccessTokenCache.class)
				.doesNotHaveBean("a55ClientRegistration")
				.doesNotHaveBean("a55AuthorizedClientManager");
			A55Clients clients = context.getBean(A55Clients.class);
			assertThat(clients.names()).containsExactly("shop");
			assertThatIllegalArgumentException().isThrownBy(() -> clients.webClient("default"))
				.withMessageEndingWith("but there are: shop.");
			assertThat(call(clients.webClient("shop"))).isEqualTo("ok");
		});
	}

	@Test
	void noBeanIsMadeOfAKey() {
		this.contextRunner.run((context) -> this.contextRunner.withPropertyValues(TestA55.account("other"))
			.run((more) -> assertThat(more.getBeanDefinitionNames())
				.containsExactlyInAnyOrder(context.getBeanDefinitionNames())));
	}

	@Test
	void urlsAndScopesOfAnAccountAreItsOwnWhereItSetsThem() {
		this.contextRunner.withPropertyValues(TestA55.account("other"))
			.withPropertyValues("a55.scopes=of-all", "a55.clients.other.base-url=" + otherServer.url("/api/v2"),
					"a55.clients.other.token-uri=" + otherServer.url(TestA55.TOKEN_PATH),
					"a55.clients.other.scopes=one, two")
			.run((context) -> {
				A55Clients clients = context.getBean(A55Clients.class);
				assertThat(call(clients.webClient("other"))).isEqualTo("ok");
				otherServer.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v2/wallet")));
				otherServer.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo(TestA55.TOKEN_PATH))
					.withFormParam("scope", WireMock.equalTo("one two")));
				assertThat(call(clients.webClient("shop"))).isEqualTo("ok");
				server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo(TestA55.TOKEN_PATH))
					.withFormParam("scope", WireMock.equalTo("of-all")));
				assertThatExceptionOfType(ClientAuthorizationException.class)
					.isThrownBy(() -> clients.webClient("other")
						.get()
						.uri(server.url("/api/v1/wallet"))
						.retrieve()
						.toBodilessEntity()
						.block())
					.withMessageContaining("only (a55.clients.other.base-url), not to");
			});
	}

	@Test
	void accountsShareTheConnections() {
		this.contextRunner.run((context) -> {
			A55Clients clients = context.getBean(A55Clients.class);
			int opened = connections.opened();
			clients.names().forEach((name) -> call(clients.webClient(name)));
			assertThat(connections.opened() - opened).as("one for each token request, one for the calls").isEqualTo(3);
		});
	}

	@Test
	void clientsAreClosedWithTheContext() {
		List<A55Clients> closed = new ArrayList<>();
		List<WebClient> used = new ArrayList<>();
		this.contextRunner.run((context) -> {
			A55Clients clients = context.getBean(A55Clients.class);
			closed.add(clients);
			used.add(clients.webClient("shop"));
			assertThat(call(used.get(0))).isEqualTo("ok");
		});
		server.resetRequests();
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(() -> call(used.get(0)))
			.withMessageContaining("No access token for the A55 account 'shop': the application context is closed.");
		assertThat(closed.get(0).names())
			.allSatisfy((name) -> assertThatIllegalStateException().isThrownBy(() -> closed.get(0).webClient(name))
				.withMessageContaining("The application context is closed"));
		server.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	@Test
	void beanOfTheApplicationReplacesOurs() {
		A55Clients own = mock();
		this.contextRunner.withBean("a55Clients", A55Clients.class, () -> own)
			.run((context) -> assertThat(context.getBean(A55Clients.class)).isSameAs(own));
	}

	@ParameterizedTest
	@CsvSource({ "SHOP_CLIENTID, SHOP_CLIENTSECRET, shop", "SHOP_CLIENT_ID, SHOP_CLIENT_SECRET, shop",
			"MYSHOP_CLIENTID, MYSHOP_CLIENTSECRET, myshop", "MY_SHOP_CLIENT_ID, MY_SHOP_CLIENT_SECRET, my-shop" })
	void environmentVariablesAreEnough(String id, String secret, String name) {
		withVariables(Map.of("A55_CLIENTS_" + id, "shop-client", "A55_CLIENTS_" + secret, "of-the-variable"))
			.run((context) -> assertReadsSecretOfTheVariable(context, name));
	}

	@ParameterizedTest
	@CsvSource({ "SHOP_CLIENTSECRET, Shop", "MYSHOP_CLIENTSECRET, my-shop", "MYSHOP_CLIENTSECRET, My-Shop",
			"MY_SHOP_CLIENT_SECRET, my-shop" })
	void environmentVariableAddsTheSecretToAnAccountOfAFile(String secret, String name) {
		withVariables(Map.of("A55_CLIENTS_" + secret, "of-the-variable"))
			.withPropertyValues("a55.clients." + name + ".client-id=shop-client",
					"a55.clients." + name + ".client-secret=of-the-file")
			.run((context) -> assertReadsSecretOfTheVariable(context, name));
	}

	private static void assertReadsSecretOfTheVariable(ApplicationContext context, String name) {
		A55Clients clients = context.getBean(A55Clients.class);
		assertThat(clients.names()).containsExactly(name);
		assertThat(call(clients.webClient(name))).isEqualTo("ok");
		server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo(TestA55.TOKEN_PATH))
			.withFormParam("client_secret", WireMock.equalTo("of-the-variable")));
	}

	private static ApplicationContextRunner withVariables(Map<String, Object> variables) {
		String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
		return TestA55.runnerWithoutCredentials(server).withInitializer((context) -> {
			context.getEnvironment().getPropertySources().remove(name);
			context.getEnvironment()
				.getPropertySources()
				.addFirst(new SystemEnvironmentPropertySource(name, variables));
		});
	}

	@Test
	void messagesNameTheAccountAndItsProperty(CapturedOutput output) {
		this.contextRunner.run((context) -> {
			A55Clients clients = context.getBean(A55Clients.class);
			TestPropertyValues.of("a55.clients.shop.client-secret=").applyTo(context);
			assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> call(clients.webClient("shop")))
				.satisfies((ex) -> assertThat(ex.getClientRegistrationId()).isEqualTo("a55-shop"))
				.withMessageContaining("No access token for the A55 account 'shop': the client secret cannot be read "
						+ "(a55.clients.shop.client-secret).");
			// The line is logged after the callers have the failure
			TestConnectors.eventually()
				.untilAsserted(() -> assertThat(output).contains("No access token for the A55 account 'shop': "));
			assertThat(call(clients.webClient("default"))).isEqualTo("ok");
		});
	}

	@Test
	void aFailureOfOneAccountConcernsNoOther() {
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.withFormParam("client_id", WireMock.equalTo("shop-client"))
			.willReturn(WireMock.serviceUnavailable()));
		this.contextRunner.run((context) -> {
			A55Clients clients = context.getBean(A55Clients.class);
			for (int i = 0; i < 2; i++) {
				assertThatExceptionOfType(ClientAuthorizationException.class)
					.isThrownBy(() -> call(clients.webClient("shop")));
				assertThat(call(clients.webClient("default"))).isEqualTo("ok");
			}
		});
	}

	private static A55WebClientCustomizer recording(List<String> customized) {
		return new A55WebClientCustomizer() {

			@Override
			public void customize(WebClient.Builder builder) {
				throw new AssertionError();
			}

			@Override
			public void customize(String client, WebClient.Builder builder) {
				customized.add(client);
				builder.defaultHeader("X-Client", client);
			}

		};
	}

	private static String call(WebClient client) {
		return Objects.requireNonNull(client.get().uri("wallet").retrieve().bodyToMono(String.class).block());
	}

	private static String call(RestClient client) {
		return Objects.requireNonNull(client.get().uri("wallet").retrieve().body(String.class));
	}

	private static String token(A55Clients clients, String name, String registrationId) {
		OAuth2AuthorizedClientManager manager = clients.authorizedClientManager(name);
		return Objects
			.requireNonNull(manager
				.authorize(OAuth2AuthorizeRequest.withClientRegistrationId(registrationId).principal("test").build()))
			.getAccessToken()
			.getTokenValue();
	}

}
