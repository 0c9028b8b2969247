package tech.a55.spring.boot.autoconfigure;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import com.sun.net.httpserver.HttpServer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tech.a55.spring.boot.connector.StallingServer;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.service.HttpServiceClientAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@code a55RestClient} and its requests.
 */
class A55RestClientTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	@RegisterExtension
	static final WireMockExtension otherServer = TestA55.server();

	private final ApplicationContextRunner contextRunner = TestA55.contextRunner(server)
		.withPropertyValues("a55.rest-client.enabled=true");

	@Test
	void isThereOnlyWhenSwitchedOn() {
		TestA55.contextRunner(server).run((context) -> assertThat(context).doesNotHaveBean(RestClient.class));
		this.contextRunner
			.run((context) -> assertThat(context).hasSingleBean(RestClient.class).hasBean("a55RestClient"));
	}

	@Test
	void callsWithTheTokenOfTheWebClient() {
		TestA55.stub(server, "shared-token");
		this.contextRunner.run((context) -> {
			assertThat(get(context.getBean(RestClient.class), "bank/wallet/")).isEqualTo("ok");
			assertThat(get(context.getBean(RestClient.class), "/bank/wallet/")).isEqualTo("ok");
			context.getBean(WebClient.class).get().uri("bank/wallet/").retrieve().toBodilessEntity().block();
		});
		server.verify(1, TestA55.TOKEN_REQUEST);
		server.verify(3, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/")));
	}

	@ParameterizedTest
	@EnumSource
	void sendsBodyAndHeaders(Connector connector) {
		TestA55.stub(server, "token");
		contextRunner(connector).run((context) -> {
			ResponseEntity<String> response = context.getBean(RestClient.class)
				.post()
				.uri("bank/wallet/charge/")
				.contentType(MediaType.APPLICATION_JSON)
				.header("Idempotency-Key", "9b2f")
				.body("{\"amount\":1}")
				.retrieve()
				.toEntity(String.class);
			assertThat(response.getStatusCode()).isEqualTo(HttpStatus.OK);
			assertThat(response.getBody()).isEqualTo("ok");
		});
		server.verify(1,
				WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/charge/"))
					.withHeader("Content-Type", WireMock.equalTo("application/json"))
					.withHeader("Content-Length", WireMock.equalTo("12"))
					.withHeader("Idempotency-Key", WireMock.equalTo("9b2f"))
					.withRequestBody(WireMock.equalToJson("{\"amount\":1}")));
	}

	@Test
	void sendsNothingToAnotherOrigin() {
		TestA55.stub(server, "token");
		this.contextRunner.run((context) -> assertThatExceptionOfType(ClientAuthorizationException.class)
			.isThrownBy(() -> get(context.getBean(RestClient.class), otherServer.url("/x")))
			.withMessageContaining("a55.base-url"));
		otherServer.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	@ParameterizedTest
	@EnumSource
	void replacesARefusedTokenAndSendsTheSameBytesAgain(Connector connector) {
		TestA55.stub(server, "token-2");
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.inScenario("tokens")
			.whenScenarioStateIs(Scenario.STARTED)
			.willSetStateTo("next")
			.willReturn(WireMock.okJson(TestA55.tokenResponse("token-1"))));
		server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*"))
			.withHeader("Authorization", WireMock.equalTo("Bearer token-1"))
			.willReturn(WireMock.unauthorized()));
		contextRunner(connector).run((context) -> assertThat(
				context.getBean(RestClient.class).post().uri("x").body("payment").retrieve().body(String.class))
			.isEqualTo("ok"));
		server.verify(2, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/x"))
			.withRequestBody(WireMock.equalTo("payment")));
	}

	@ParameterizedTest
	@EnumSource
	void retriesAsTheWebClientDoes(Connector connector) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.any(WireMock.urlPathEqualTo("/api/v1/x"))
			.inScenario("outage")
			.whenScenarioStateIs(Scenario.STARTED)
			.willSetStateTo("over")
			.willReturn(WireMock.serviceUnavailable()));
		contextRunner(connector)
			.run((context) -> assertThat(get(context.getBean(RestClient.class), "x")).isEqualTo("ok"));
		server.verify(2, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/x")));
	}

	@ParameterizedTest
	@EnumSource
	void neverSendsAPaymentWithoutAnIdempotencyKeyTwice(Connector connector) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.post("/api/v1/unavailable").willReturn(WireMock.serviceUnavailable()));
		server.stubFor(WireMock.post("/api/v1/lost")
			.willReturn(WireMock.aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
		contextRunner(connector).run((context) -> {
			RestClient client = context.getBean(RestClient.class);
			assertThatExceptionOfType(HttpServerErrorException.ServiceUnavailable.class)
				.isThrownBy(() -> client.post().uri("unavailable").body("payment").retrieve().toBodilessEntity());
			assertThatExceptionOfType(ResourceAccessException.class)
				.isThrownBy(() -> client.post().uri("lost").body("payment").retrieve().toBodilessEntity());
		});
		server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/unavailable")));
		server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/lost")));
	}

	@Test
	void anErrorOfTheApiIsAnExceptionWithItsBody() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/x").willReturn(WireMock.jsonResponse("{\"error\":\"gone\"}", 404)));
		this.contextRunner.run((context) -> assertThatExceptionOfType(HttpClientErrorException.NotFound.class)
			.isThrownBy(() -> get(context.getBean(RestClient.class), "x"))
			.satisfies((ex) -> assertThat(ex.getResponseBodyAsString()).isEqualTo("{\"error\":\"gone\"}"))
			.satisfies((ex) -> assertThat(ex.getStatusText()).isEqualTo("Not Found")));
	}

	@ParameterizedTest
	@EnumSource
	void aLateAnswerIsAnIoError(Connector connector) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/x").willReturn(WireMock.ok().withFixedDelay(10_000)));
		contextRunner(connector).withPropertyValues("a55.read-timeout=2s")
			.run((context) -> assertThatExceptionOfType(ResourceAccessException.class)
				.isThrownBy(() -> get(context.getBean(RestClient.class), "x"))
				.withCauseInstanceOf(IOException.class));
	}

	@ParameterizedTest
	@EnumSource
	void anApiThatCannotBeReachedIsAnIoErrorWithItsCause(Connector connector) {
		TestA55.stub(server, "token");
		contextRunner(connector).withPropertyValues("a55.base-url=http://localhost:1/", "a55.retry.enabled=false")
			.run((context) -> assertThatExceptionOfType(ResourceAccessException.class)
				.isThrownBy(() -> get(context.getBean(RestClient.class), "x"))
				.withCauseInstanceOf(ConnectException.class));
	}

	@ParameterizedTest
	@EnumSource
	void anAnswerThatBreaksOffIsAnError(Connector connector) throws IOException {
		for (String start : List.of("Content-Length: 1000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
				"Transfer-Encoding: chunked\r\n\r\n100\r\nabc")) {
			TestA55.stub(server, "token");
			try (ServerSocket api = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
				contextRunner(connector)
					.withPropertyValues("a55.retry.enabled=false",
							"a55.base-url=http://127.0.0.1:" + api.getLocalPort() + "/")
					.run((context) -> {
						FutureTask<@Nullable String> call = new FutureTask<>(
								() -> get(context.getBean(RestClient.class), "x"));
						new Thread(call).start();
						answer(api, "HTTP/1.1 200 OK\r\n" + start).close();
						assertThatExceptionOfType(ExecutionException.class)
							.isThrownBy(() -> call.get(10, TimeUnit.SECONDS))
							.havingCause()
							.isInstanceOf(RestClientException.class)
							.withCauseInstanceOf(IOException.class);
					});
			}
		}
	}

	@ParameterizedTest
	@EnumSource
	@Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
	void anAnswerThatStallsIsNotAwaitedLongerThanTheReadTimeout(Connector connector) throws IOException {
		TestA55.stub(server, "token");
		try (StallingServer api = new StallingServer(StallingServer.BEGINNING_OF_BODY)) {
			contextRunner(connector).withPropertyValues("a55.base-url=" + api.url(), "a55.read-timeout=1s")
				.run((context) -> {
					RestClient client = context.getBean(RestClient.class);
					assertThatExceptionOfType(RestClientException.class).isThrownBy(() -> get(client, "stalled"))
						.withCauseInstanceOf(IOException.class);
					assertThat(client.get().uri("stalled").retrieve().toBodilessEntity().getStatusCode())
						.isEqualTo(HttpStatus.OK);
				});
		}
	}

	@ParameterizedTest
	@EnumSource
	void answersAreStreamed(Connector connector) throws IOException {
		TestA55.stub(server, "token");
		try (ServerSocket api = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			contextRunner(connector).withPropertyValues("a55.base-url=http://127.0.0.1:" + api.getLocalPort() + "/")
				.run((context) -> {
					FutureTask<@Nullable Integer> firstByte = new FutureTask<>(() -> context.getBean(RestClient.class)
						.get()
						.uri("x")
						.exchange((request, response) -> response.getBody().read()));
					new Thread(firstByte).start();
					try (Socket connection = answer(api, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc")) {
						connection.getOutputStream().write(new byte[70_000]);
						assertThat(firstByte.get(10, TimeUnit.SECONDS)).isEqualTo('a');
					}
				});
		}
	}

	@Test
	void anInterruptEndsTheReadingOfAnAnswer() throws IOException {
		TestA55.stub(server, "token");
		try (ServerSocket api = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			this.contextRunner.withPropertyValues("a55.base-url=http://127.0.0.1:" + api.getLocalPort() + "/")
				.run((context) -> {
					CountDownLatch reading = new CountDownLatch(1);
					FutureTask<@Nullable Integer> call = new FutureTask<>(
							() -> context.getBean(RestClient.class).get().uri("x").exchange((request, response) -> {
								response.getBody().read();
								reading.countDown();
								return response.getBody().read();
							}));
					Thread thread = new Thread(call);
					thread.start();
					try (Socket connection = answer(api, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\na")) {
						assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
						thread.interrupt();
						assertThatExceptionOfType(ExecutionException.class)
							.isThrownBy(() -> call.get(10, TimeUnit.SECONDS))
							.havingRootCause()
							.isInstanceOf(InterruptedException.class);
						assertThat(connection.isClosed()).isFalse();
					}
				});
		}
	}

	private static Socket answer(ServerSocket api, String answer) throws IOException {
		Socket connection = api.accept();
		BufferedReader request = new BufferedReader(
				new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
		for (String line = request.readLine(); line != null && !line.isEmpty(); line = request.readLine()) {
			assertThat(line).isNotBlank();
		}
		connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
		return connection;
	}

	@ParameterizedTest
	@EnumSource
	void connectionsAreUsedAgainWhoeverReadsTheAnswer(Connector connector) throws IOException {
		TestA55.stub(server, "token");
		Set<InetSocketAddress> connections = ConcurrentHashMap.newKeySet();
		HttpServer api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		api.createContext("/", (exchange) -> {
			connections.add(exchange.getRemoteAddress());
			exchange.sendResponseHeaders(200, 0);
			exchange.getResponseBody().write(new byte[10_000]);
			exchange.close();
		});
		api.start();
		try {
			contextRunner(connector)
				.withPropertyValues("a55.base-url=http://127.0.0.1:" + api.getAddress().getPort() + "/")
				.run((context) -> IntStream.range(0, 15).forEach((i) -> {
					RestClient client = context.getBean(RestClient.class);
					client.get().uri("x").retrieve().toBodilessEntity();
					client.get().uri("x").exchange((request, response) -> response.getStatusCode());
					assertThatIllegalArgumentException()
						.isThrownBy(() -> client.get().uri("x").exchange((request, response) -> {
							throw new IllegalArgumentException();
						}));
				}));
		}
		finally {
			api.stop(0);
		}
		assertThat(connections).hasSizeLessThan(5);
	}

	@Test
	void refusesToBlockAnEventLoopAndSendsNothingThen() {
		TestA55.stub(server, "token");
		this.contextRunner.run((context) -> {
			RestClient client = context.getBean(RestClient.class);
			get(client, "warm");
			assertThatIllegalStateException()
				.isThrownBy(() -> Mono
					.fromCallable(() -> client.post().uri("x").body("payment").retrieve().toBodilessEntity())
					.subscribeOn(Schedulers.parallel())
					.block())
				.withMessageContaining("'a55WebClient'");
			get(client, "after");
		});
		server.verify(0, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/x")));
	}

	@ParameterizedTest
	@EnumSource
	@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
	void refusesToBlockACallbackOfTheWebClientAndSendsNothingThen(Connector connector) {
		TestA55.stub(server, "token");
		contextRunner(connector).run((context) -> {
			RestClient restClient = context.getBean(RestClient.class);
			WebClient webClient = context.getBean(WebClient.class);
			OAuth2AuthorizedClientManager manager = context.getBean("a55AuthorizedClientManager",
					OAuth2AuthorizedClientManager.class);
			OAuth2AuthorizeRequest authorizeRequest = OAuth2AuthorizeRequest.withClientRegistrationId("a55")
				.principal("test")
				.build();
			Mono<String> body = webClient.get().uri("x").retrieve().bodyToMono(String.class);
			Mono<Void> response = webClient.get().uri("x").exchangeToMono((answer) -> {
				get(restClient, "y");
				return answer.releaseBody();
			});
			for (Mono<?> call : List.of(body.doOnNext((answer) -> get(restClient, "y")), response,
					body.doOnNext((answer) -> manager.authorize(authorizeRequest)))) {
				// Not every answer comes on the same thread
				for (int i = 0; i < 20; i++) {
					assertThatIllegalStateException().isThrownBy(call::block).withMessageContaining("'a55WebClient'");
				}
			}
			assertThat(get(restClient, "x")).isEqualTo("ok");
		});
		server.verify(0, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/y")));
	}

	@Test
	void anInterruptEndsTheCallAndStaysWithTheThread() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/x").willReturn(WireMock.ok().withFixedDelay(30_000)));
		this.contextRunner.run((context) -> {
			CountDownLatch interrupted = new CountDownLatch(1);
			FutureTask<@Nullable String> call = new FutureTask<>(() -> {
				try {
					return get(context.getBean(RestClient.class), "x");
				}
				finally {
					if (Thread.currentThread().isInterrupted()) {
						interrupted.countDown();
					}
				}
			});
			Thread thread = new Thread(call);
			thread.start();
			Awaitility.await()
				.untilAsserted(() -> server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/x"))));
			thread.interrupt();
			thread.join(Duration.ofSeconds(10).toMillis());
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(call::get)
				.withCauseInstanceOf(ResourceAccessException.class);
			assertThat(interrupted.getCount()).isZero();
		});
	}

	@Test
	void customizersOfTheHostComeAlongAndItsBuilderDoesNot() {
		TestA55.stub(server, "token");
		this.contextRunner
			.withBean(RestClient.Builder.class, () -> RestClient.builder().defaultHeader("X-Builder", "host"))
			.withBean(RestClientCustomizer.class, () -> (builder) -> builder.defaultHeader("X-Customizer", "host"))
			.run((context) -> get(context.getBean(RestClient.class), "x"));
		server.verify(1,
				WireMock.getRequestedFor(WireMock.anyUrl())
					.withHeader("X-Customizer", WireMock.equalTo("host"))
					.withoutHeader("X-Builder"));
	}

	@Test
	void isThereWithoutTheModuleOfBoot() {
		TestA55.stub(server, "token");
		this.contextRunner.withClassLoader(new FilteredClassLoader("org.springframework.boot.restclient"))
			.run((context) -> get(context.getBean(RestClient.class), "x"));
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/x")));
	}

	@Test
	void aBeanOfTheSameNameReplacesIt() {
		RestClient own = RestClient.create();
		this.contextRunner.withBean("a55RestClient", RestClient.class, () -> own)
			.run((context) -> assertThat(context.getBean(RestClient.class)).isSameAs(own));
	}

	@Test
	void interfacesOfTheGroupAreBasedAndAuthenticatedWithNoFurtherConfiguration() {
		TestA55.stub(server, "group-token");
		for (String enabled : List.of("true", "false")) {
			this.contextRunner.withUserConfiguration(Host.class)
				.withPropertyValues("a55.rest-client.enabled=" + enabled)
				.run((context) -> assertThat(context.getBean(Wallets.class).get()).isEqualTo("ok"));
		}
		server.verify(2, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/")));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void propertiesOfTheGroupAreUsedWithTheModuleOfBootAndWithout(boolean withModule) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v2/bank/wallet/").willReturn(WireMock.ok().withFixedDelay(5000)));
		this.contextRunner.withUserConfiguration(Host.class)
			.withConfiguration(withModule
					? AutoConfigurations.of(ImperativeHttpClientAutoConfiguration.class,
							RestClientAutoConfiguration.class, HttpServiceClientAutoConfiguration.class)
					: AutoConfigurations.of())
			.withPropertyValues("spring.http.serviceclient.a55.read-timeout=50ms",
					"spring.http.serviceclient.a55.base-url=" + server.url("/api/v2/"),
					"spring.http.serviceclient.a55.default-header.X-Test=group",
					"spring.http.serviceclient.a55.apiversion.default=7",
					"spring.http.serviceclient.a55.apiversion.insert.header=X-Version")
			.run((context) -> assertThatExceptionOfType(ResourceAccessException.class)
				.isThrownBy(() -> context.getBean(Wallets.class).get()));
		server.verify(1,
				WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v2/bank/wallet/"))
					.withHeader("X-Test", WireMock.havingExactly("group"))
					.withHeader("X-Version", WireMock.havingExactly("7")));
	}

	@Test
	void configurersOfTheHostGoBeforeThePropertiesOfTheGroup() {
		TestA55.stub(server, "token");
		RestClientHttpServiceGroupConfigurer own = (groups) -> groups
			.forEachClient((group, builder) -> builder.defaultHeader("X-Test", "own"));
		this.contextRunner.withUserConfiguration(Host.class)
			.withBean(RestClientHttpServiceGroupConfigurer.class, () -> own)
			.withPropertyValues("spring.http.serviceclient.a55.default-header.X-Test=group")
			.run((context) -> context.getBean(Wallets.class).get());
		server.verify(1,
				WireMock.getRequestedFor(WireMock.anyUrl()).withHeader("X-Test", WireMock.havingExactly("own")));
	}

	private ApplicationContextRunner contextRunner(Connector connector) {
		return this.contextRunner.withPropertyValues("spring.http.clients.reactive.connector=" + connector);
	}

	private static @Nullable String get(RestClient client, String uri) {
		return client.get().uri(uri).retrieve().body(String.class);
	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class)
	static class Host {

	}

	interface Wallets {

		@GetExchange("bank/wallet/")
		String get();

	}

}
