package tech.a55.spring.boot.autoconfigure;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import com.github.tomakehurst.wiremock.client.BasicCredentials;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.netty.handler.timeout.ReadTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.transport.ProxyProvider;
import tech.a55.spring.boot.A55WebClientCustomizer;
import tech.a55.spring.boot.connector.TestConnectors;

import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for what {@code a55WebClient} puts on the wire.
 */
class A55WebClientTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	@RegisterExtension
	static final WireMockExtension otherServer = TestA55.server();

	private final ApplicationContextRunner contextRunner = TestA55.contextRunner(server);

	@Test
	void nothingIsFetchedAtStart() {
		this.contextRunner.run((context) -> assertThat(context).hasNotFailed());
		server.verify(0, anyRequest());
	}

	@Test
	void firstCallFetchesTheTokenAndLaterCallsFindIt() {
		TestA55.stub(server, "first-token");
		this.contextRunner.run((context) -> {
			for (int i = 0; i < 3; i++) {
				assertThat(get(context, "bank/wallet/")).isEqualTo("ok");
			}
		});
		server.verify(1, TestA55.TOKEN_REQUEST);
		server.verify(3, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/"))
			.withHeader("Authorization", WireMock.equalTo("Bearer first-token")));
	}

	@Test
	void severalThreadsShareOneToken() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.willReturn(WireMock.okJson(TestA55.tokenResponse("token")).withFixedDelay(300)));
		int threads = 8;
		CyclicBarrier barrier = new CyclicBarrier(threads);
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		try {
			this.contextRunner.run((context) -> {
				Callable<String> call = () -> {
					barrier.await();
					return get(context, "wallet");
				};
				for (Future<String> answer : executor.invokeAll(Collections.nCopies(threads, call))) {
					assertThat(answer.get()).isEqualTo("ok");
				}
			});
		}
		finally {
			executor.shutdownNow();
		}
		server.verify(1, TestA55.TOKEN_REQUEST);
	}

	@Test
	void callFromAnEventLoopGetsTheToken() {
		TestA55.stub(server, "token");
		this.contextRunner.run((context) -> assertThat(
				Mono.defer(() -> client(context).get().uri("wallet").retrieve().bodyToMono(String.class))
					.subscribeOn(Schedulers.parallel())
					.block())
			.isEqualTo("ok"));
	}

	@Test
	void tokenRequestIsWhatCognitoExpects() {
		TestA55.stub(server, "token");
		this.contextRunner.run((context) -> get(context, "wallet"));
		LoggedRequest request = tokenRequest();
		assertThat(request.getBodyAsString())
			.isEqualTo("grant_type=client_credentials&client_id=test-client&client_secret=s3cret%2B%2F%26%25%3D");
		assertThat(request.getHeader(HttpHeaders.ACCEPT)).isEqualTo("application/json");
		assertThat(request.getHeader(HttpHeaders.CONTENT_TYPE)).isEqualTo("application/x-www-form-urlencoded");
		assertThat(request.getHeader(HttpHeaders.USER_AGENT)).isEqualTo("a55-spring-boot-starter");
		assertThat(request.containsHeader(HttpHeaders.AUTHORIZATION)).isFalse();
		assertThat(request.containsHeader(HttpHeaders.COOKIE)).isFalse();
	}

	@Test
	void scopesAreSentWhenTheyAreSet() {
		TestA55.stub(server, "token");
		this.contextRunner.withPropertyValues("a55.scopes=api/readwrite,other")
			.run((context) -> get(context, "wallet"));
		assertThat(tokenRequest().getBodyAsString())
			.containsPattern("&scope=(api%2Freadwrite\\+other|other\\+api%2Freadwrite)$");
	}

	@Test
	void registrationOfTheHostIsTheOneThatTheTokenIsFetchedWith() {
		TestA55.stub(server, "token");
		TestA55.stub(otherServer, "token");
		ClientRegistration own = ClientRegistration.withRegistrationId("own")
			.clientId("own-client")
			.clientSecret("own-secret")
			.clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
			.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
			.tokenUri(otherServer.url(TestA55.TOKEN_PATH))
			.build();
		this.contextRunner.withBean("a55ClientRegistration", ClientRegistration.class, () -> own)
			.run((context) -> assertThat(get(context, "wallet")).isEqualTo("ok"));
		otherServer.verify(1,
				WireMock.postRequestedFor(WireMock.urlEqualTo(TestA55.TOKEN_PATH))
					.withBasicAuth(new BasicCredentials("own-client", "own-secret"))
					.withRequestBody(WireMock.equalTo("grant_type=client_credentials")));
		server.verify(0, TestA55.TOKEN_REQUEST);
	}

	@Test
	void customizersDoNotReachTheTokenRequest() {
		TestA55.stub(server, "token");
		this.contextRunner
			.withBean(WebClientCustomizer.class,
					() -> (builder) -> builder.defaultHeader("Authorization", "Basic host"))
			.withBean(A55WebClientCustomizer.class, () -> (builder) -> builder.defaultCookie("session", "host"))
			.run((context) -> get(context, "wallet"));
		assertThat(tokenRequest().containsHeader(HttpHeaders.AUTHORIZATION)).isFalse();
		assertThat(tokenRequest().containsHeader(HttpHeaders.COOKIE)).isFalse();
		server.verify(1,
				WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/wallet"))
					.withHeader("Authorization", WireMock.equalTo("Bearer token"))
					.withCookie("session", WireMock.equalTo("host")));
	}

	@Test
	void connectorOfACustomizerCarriesTheTokenNowhere() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/wallet").willReturn(WireMock.temporaryRedirect(otherServer.url("/x"))));
		HttpClient following = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.ALWAYS).build();
		this.contextRunner
			.withBean(A55WebClientCustomizer.class,
					() -> (builder) -> builder.clientConnector(new JdkClientHttpConnector(following)))
			.run(A55WebClientTests::assertThatARedirectIsAnError);
		otherServer.verify(0, anyRequest());
	}

	@ParameterizedTest
	@CsvSource({ "a55.token-uri=https://auth.example.com/oauth2/token, auth.example.com",
			"a55.base-url=https://api.example.com/v1/, api.example.com" })
	void proxyOfTheHostIsUsed(String property, String host) throws IOException {
		TestA55.stub(server, "token");
		try (ServerSocket proxy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			proxy.setSoTimeout((int) TestConnectors.PATIENCE.toMillis());
			ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> customizer = (builder) -> builder
				.withHttpClientCustomizer((client) -> client.proxy((spec) -> spec.type(ProxyProvider.Proxy.HTTP)
					.host("127.0.0.1")
					.port(proxy.getLocalPort())
					.nonProxyHosts("localhost")));
			this.contextRunner.withBean(ClientHttpConnectorBuilderCustomizer.class, () -> customizer)
				.withPropertyValues(property)
				.run((context) -> {
					Disposable call = client(context).get()
						.uri("x")
						.retrieve()
						.toBodilessEntity()
						.onErrorComplete()
						.subscribe();
					try (Socket connection = proxy.accept()) {
						assertThat(new BufferedReader(
								new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII))
							.readLine()).startsWith("CONNECT " + host + ":443 ");
					}
					call.dispose();
				});
		}
	}

	@ParameterizedTest
	@CsvSource({ "/api/v1, bank/wallet, /api/v1/bank/wallet", "/api/v1, /bank/wallet, /api/v1/bank/wallet",
			"/api/v1/, bank/wallet, /api/v1/bank/wallet", "/api/v1/, /bank/wallet, /api/v1/bank/wallet",
			"/api/v1, bank/wallet/, /api/v1/bank/wallet/", "/api/v1, /bank/wallet/, /api/v1/bank/wallet/",
			"/api/v1/, bank/wallet/, /api/v1/bank/wallet/", "/api/v1/, /bank/wallet/, /api/v1/bank/wallet/",
			"'', api/wallet, /api/wallet", "/, /api/wallet, /api/wallet" })
	void baseUrlAndPathMeetWithOneSlash(String basePath, String path, String expected) {
		TestA55.stub(server, "token");
		this.contextRunner.withPropertyValues("a55.base-url=" + server.baseUrl() + basePath).run((context) -> {
			get(context, path);
			get(context, path + "?page={page}", 1);
			client(context).get()
				.uri((builder) -> builder.path(path).queryParam("page", "{page}").build(2))
				.retrieve()
				.toBodilessEntity()
				.block();
		});
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo(expected)));
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo(expected + "?page=1")));
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo(expected + "?page=2")));
	}

	@Test
	void absoluteUriAtTheSameOriginIsCalled() {
		TestA55.stub(server, "token");
		this.contextRunner.run((context) -> assertThat(client(context).get()
			.uri(URI.create(server.url("/api/v2/wallet")))
			.retrieve()
			.bodyToMono(String.class)
			.block()).isEqualTo("ok"));
	}

	@Test
	void bodyArrivesIntact() {
		TestA55.stub(server, "token");
		String json = "{\"name\":\"Ação & Cia\",\"note\":\"" + "x".repeat(100_000) + "\"}";
		this.contextRunner.run((context) -> client(context).post()
			.uri("bank/wallet/")
			.bodyValue(Map.of("json", json))
			.retrieve()
			.toBodilessEntity()
			.then(client(context).post()
				.uri("bank/wallet/")
				.header("Content-Type", "application/json")
				.bodyValue(json)
				.retrieve()
				.toBodilessEntity())
			.block());
		List<LoggedRequest> requests = server
			.findAll(WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/")));
		assertThat(requests).hasSize(2)
			.allSatisfy((request) -> assertThat(request.getHeader("Content-Type")).isEqualTo("application/json"));
		assertThat(requests.get(1).getBodyAsString()).isEqualTo(json);
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.enabled=true", "spring.http.clients.redirects=follow" })
	void redirectOfTheTokenEndpointIsNotFollowed(String property) {
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.willReturn(WireMock.temporaryRedirect(otherServer.url("/elsewhere"))));
		this.contextRunner.withPropertyValues(property)
			.run((context) -> assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> get(context, "wallet"))
				.withMessageContaining("302"));
		server.verify(1, anyRequest());
		otherServer.verify(0, anyRequest());
	}

	@ParameterizedTest
	@CsvSource({ "a55.redirects=follow, 200", "spring.http.clients.redirects=follow, 200",
			"a55.redirects=follow-when-possible, 200", "a55.redirects=dont-follow, 302", "a55.enabled=true, 302" })
	void redirectWithinTheOriginIsFollowedWhereSettingsSayIt(String property, int status) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/wallet").willReturn(WireMock.temporaryRedirect("/api/v1/wallet/")));
		this.contextRunner.withPropertyValues(property)
			.run((context) -> assertThat(context.getBean(WebClient.class)
				.get()
				.uri("wallet")
				.exchangeToMono(ClientResponse::toBodilessEntity)
				.block()).satisfies((response) -> assertThat(response.getStatusCode().value()).isEqualTo(status)));
	}

	@ParameterizedTest
	@CsvSource({ "a55.enabled=true, 3", "a55.retry.enabled=false, 1", "a55.retry.max-attempts=1, 1",
			"a55.retry.max-attempts=2, 2" })
	void requestIsSentAsOftenAsSettingsSay(String property, int attempts) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/wallet").willReturn(WireMock.serviceUnavailable()));
		this.contextRunner.withPropertyValues(property, "a55.retry.max-wait=10ms")
			.run((context) -> assertThatExceptionOfType(WebClientResponseException.ServiceUnavailable.class)
				.isThrownBy(() -> get(context, "wallet")));
		server.verify(attempts, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/wallet")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.enabled=true", "spring.http.clients.redirects=follow" })
	void redirectOfTheApiIsNotFollowed(String property) {
		TestA55.stub(server, "token");
		server.stubFor(
				WireMock.get("/api/v1/wallet").willReturn(WireMock.temporaryRedirect(otherServer.url("/elsewhere"))));
		this.contextRunner.withPropertyValues(property).run(A55WebClientTests::assertThatARedirectIsAnError);
		otherServer.verify(0, anyRequest());
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://localhost:OTHER/api/v1/wallet", "http://127.0.0.1:PORT/api/v1/wallet",
			"https://localhost:PORT/api/v1/wallet", "http://user@localhost:PORT/api/v1/wallet" })
	void requestToAnotherOriginIsRefusedBeforeATokenIsFetched(String template) {
		TestA55.stub(server, "token");
		TestA55.stub(otherServer, "token");
		String url = template.replace("OTHER", String.valueOf(otherServer.getPort()))
			.replace("PORT", String.valueOf(server.getPort()));
		this.contextRunner.run((context) -> assertThatExceptionOfType(ClientAuthorizationException.class)
			.isThrownBy(() -> get(context, url))
			.withMessageContainingAll("http://localhost:" + server.getPort(), "a55.base-url"));
		server.verify(0, anyRequest());
		otherServer.verify(0, anyRequest());
	}

	@Test
	void callFailsWithTheReasonWhereNoTokenCanBeHad() {
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.willReturn(WireMock.badRequest().withBody("{\"error\":\"invalid_client\"}")));
		this.contextRunner.run((context) -> assertThatExceptionOfType(ClientAuthorizationException.class)
			.isThrownBy(() -> get(context, "wallet"))
			.withMessageContainingAll("invalid_client", "400", server.url(TestA55.TOKEN_PATH))
			.withMessageNotContaining(TestA55.CLIENT_SECRET));
		server.verify(1, anyRequest());
	}

	@Test
	void tokenEndpointThatDoesNotAnswerIsGivenUp() {
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH).willReturn(WireMock.ok().withFixedDelay(5000)));
		this.contextRunner.withPropertyValues("a55.token.timeout=100ms")
			.run((context) -> assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> get(context, "wallet"))
				.withMessageContaining("within 100 ms (a55."));
	}

	@Test
	void readTimeoutIsUsed() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/wallet").willReturn(WireMock.ok().withFixedDelay(5000)));
		this.contextRunner.withPropertyValues("a55.read-timeout=500ms")
			.run((context) -> assertThatException().isThrownBy(() -> get(context, "wallet"))
				.withRootCauseInstanceOf(ReadTimeoutException.class));
	}

	@Test
	void noFilterOfTheHostSeesTheToken() {
		TestA55.stub(server, "hidden-token");
		List<ClientRequest> seen = new ArrayList<>();
		ExchangeFilterFunction filter = (request, next) -> {
			seen.add(request);
			return next.exchange(request);
		};
		this.contextRunner.withBean(WebClientCustomizer.class, () -> (builder) -> builder.filter(filter))
			.withBean(A55WebClientCustomizer.class, () -> (builder) -> builder.filter(filter))
			.run((context) -> assertThat(get(context, "wallet")).isEqualTo("ok"));
		assertThat(seen).hasSize(2)
			.allSatisfy((request) -> assertThat(request.headers().toString()).doesNotContain("hidden-token"))
			.allSatisfy((request) -> assertThat(request.headers().containsHeader("Authorization")).isFalse());
	}

	@Test
	void codecsOfBootComeAlong() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/wallet").willReturn(WireMock.ok("more than ten bytes")));
		this.contextRunner.withPropertyValues("spring.http.codecs.max-in-memory-size=10B")
			.run((context) -> assertThatExceptionOfType(WebClientResponseException.class)
				.isThrownBy(() -> get(context, "wallet"))
				.withCauseInstanceOf(DataBufferLimitException.class));
	}

	private static void assertThatARedirectIsAnError(ApplicationContext context) {
		assertThatExceptionOfType(WebClientResponseException.class).isThrownBy(() -> get(context, "wallet"))
			.satisfies((ex) -> assertThat(ex.getStatusCode()).isEqualTo(HttpStatus.FOUND));
	}

	private static WebClient client(ApplicationContext context) {
		return context.getBean("a55WebClient", WebClient.class);
	}

	private static String get(ApplicationContext context, String uri, Object... variables) {
		String body = client(context).get().uri(uri, variables).retrieve().bodyToMono(String.class).block();
		return (body != null) ? body : "";
	}

	private static LoggedRequest tokenRequest() {
		List<LoggedRequest> requests = server.findAll(TestA55.TOKEN_REQUEST);
		assertThat(requests).hasSize(1);
		return requests.get(0);
	}

	private static RequestPatternBuilder anyRequest() {
		return RequestPatternBuilder.newRequestPattern(RequestMethod.ANY, WireMock.anyUrl());
	}

}
