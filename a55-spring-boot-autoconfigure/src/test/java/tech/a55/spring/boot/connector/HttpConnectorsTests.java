package tech.a55.spring.boot.connector;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

import javax.net.ssl.SSLException;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import org.apache.hc.client5.http.cookie.BasicCookieStore;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.client5.http.impl.DefaultRedirectStrategy;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.util.TimeValue;
import org.awaitility.Awaitility;
import org.eclipse.jetty.http.HttpCookieStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import tech.a55.spring.boot.autoconfigure.TestA55;
import tech.a55.spring.boot.client.A55ClientConfigurer;
import tech.a55.spring.boot.client.ExchangeMetrics;

import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.http.client.reactive.HttpComponentsClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.JdkClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.JettyClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link HttpConnectors}: each of Boot's connectors does the same.
 */
class HttpConnectorsTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private static final String KEY_STORE_PASSWORD = "changeit";

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	@RegisterExtension
	static final WireMockExtension otherServer = TestA55.server();

	private static final X509Bundle certificate = selfSigned("localhost", "localhost");

	private static final X509Bundle unknownCertificate = selfSigned("unknown", "localhost");

	private static final X509Bundle certificateOfAnotherHost = selfSigned("elsewhere.example", "elsewhere.example");

	private static Path trusted;

	@BeforeAll
	static void writeTrustedCertificates(@TempDir Path directory) throws IOException {
		trusted = Files.writeString(directory.resolve("trusted.pem"),
				certificate.getCertificatePEM() + "\n" + certificateOfAnotherHost.getCertificatePEM());
	}

	@ParameterizedTest
	@EnumSource
	void callsGoOutWithATokenAndWithTheNextOneWhereItIsRefused(Connector connector) {
		// A challenge need not be there (RFC 6750 wants one, gateways forget it)
		for (ResponseDefinitionBuilder refusal : List.of(WireMock.unauthorized(),
				WireMock.unauthorized().withHeader("WWW-Authenticate", "Bearer error=\"invalid_token\""),
				WireMock.unauthorized().withBody("x".repeat(100_000)))) {
			server.resetAll();
			TestA55.stub(server, "first-token");
			contextRunner(connector).run((context) -> {
				assertThat(post(context, "charge")).isEqualTo("ok");
				server.resetAll();
				TestA55.stub(server, "next-token");
				server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*"))
					.withHeader("Authorization", WireMock.equalTo("Bearer first-token"))
					.willReturn(refusal));
				assertThat(post(context, "charge")).isEqualTo("ok");
				server.verify(1, TestA55.TOKEN_REQUEST);
				server.verify(2, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/charge"))
					.withRequestBody(WireMock.equalTo("{\"a\":1}")));
			});
		}
	}

	@ParameterizedTest
	@EnumSource
	void theLastRefusalIsWhatTheCallerGets(Connector connector) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*"))
			.willReturn(WireMock.unauthorized().withBody("{\"code\":\"unauthorized\"}")));
		contextRunner(connector).run((context) -> assertThat(exchange(client(context).get().uri("wallet")))
			.isEqualTo("401 {\"code\":\"unauthorized\"}"));
	}

	@ParameterizedTest
	@EnumSource
	void noOtherOriginIsCalled(Connector connector) {
		TestA55.stub(server, "token");
		contextRunner(connector).run((context) -> assertThatExceptionOfType(ClientAuthorizationException.class)
			.isThrownBy(() -> get(context, otherServer.url("/api/v1/wallet"))));
		otherServer.verify(0, anyRequest());
	}

	@ParameterizedTest
	@MethodSource("connectorsAndHosts")
	void noRedirectToAnotherOriginIsFollowed(Connector connector, Class<?> host) {
		for (int status : new int[] { 301, 302, 303, 307, 308 }) {
			server.resetAll();
			ResponseDefinitionBuilder redirect = WireMock.aResponse()
				.withStatus(status)
				.withHeader("Location", otherServer.url("/elsewhere"));
			TestA55.stub(server, "token");
			server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*")).willReturn(redirect));
			ApplicationContextRunner contextRunner = contextRunner(connector, host);
			contextRunner.run((context) -> {
				assertThat(exchange(client(context).get().uri("wallet"))).startsWith(String.valueOf(status));
				assertThat(exchange(client(context).post().uri("charge").bodyValue("{}")))
					.startsWith(String.valueOf(status));
			});
			server.stubFor(WireMock.post(TestA55.TOKEN_PATH).willReturn(redirect));
			contextRunner.run((context) -> assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> get(context, "wallet"))
				.withMessageContaining(String.valueOf(status)));
		}
		otherServer.verify(0, anyRequest());
	}

	@ParameterizedTest
	@MethodSource("connectorsAndHosts")
	void noCookieIsKept(Connector connector, Class<?> host) {
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.willReturn(WireMock.okJson(TestA55.tokenResponse("token")).withHeader("Set-Cookie", "login=1; Path=/")));
		server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*"))
			.willReturn(WireMock.ok("ok").withHeader("Set-Cookie", "sid=1; Path=/")));
		contextRunner(connector, host).run((context) -> {
			get(context, "wallet");
			get(context, "wallet");
		});
		server.verify(2, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/wallet")).withoutHeader("Cookie"));
	}

	@ParameterizedTest
	@MethodSource("connectorsAndHosts")
	void postIsSentOnceWhereItsConnectionBreaksOff(Connector connector, Class<?> host) throws IOException {
		TestA55.stub(server, "token");
		for (boolean reset : new boolean[] { true, false }) {
			for (boolean body : new boolean[] { true, false }) {
				try (BreakingServer breaking = new BreakingServer(reset)) {
					AtomicInteger sent = new AtomicInteger();
					contextRunner(connector, host).withPropertyValues("a55.base-url=" + breaking.url())
						.run((context) -> Awaitility.await().untilAsserted(() -> {
							WebClient.RequestBodySpec charge = client(context).post().uri("charge");
							sent.incrementAndGet();
							assertThatExceptionOfType(WebClientRequestException.class)
								.isThrownBy(() -> body(body ? charge.bodyValue("{}") : charge));
							get(context, "wallet");
							assertThat(breaking.requests()).contains("POST on kept-alive connection");
						}));
					assertThat(breaking.requests()).filteredOn((request) -> request.startsWith("POST"))
						.hasSize(sent.get());
				}
			}
		}
	}

	@ParameterizedTest
	@MethodSource("connectorsAndHosts")
	void postIsSentOnceWhereTheAnswerAsksToTryAgain(Connector connector, Class<?> host) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.post("/api/v1/charge")
			.willReturn(WireMock.serviceUnavailable().withHeader("Retry-After", "0")));
		contextRunner(connector, host)
			.run((context) -> assertThat(exchange(client(context).post().uri("charge"))).isEqualTo("503"));
		server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/charge")));
	}

	@ParameterizedTest
	@EnumSource
	void tokenRequestIsSentOnceWhereItsConnectionBreaksOff(Connector connector) throws IOException {
		try (BreakingServer breaking = new BreakingServer(true)) {
			contextRunner(connector).withPropertyValues("a55.token-uri=" + breaking.url() + "token")
				.run((context) -> assertThatExceptionOfType(ClientAuthorizationException.class)
					.isThrownBy(() -> get(context, "wallet"))
					.withMessageContaining("got no response"));
			assertThat(breaking.requests()).hasSize(1);
		}
	}

	@ParameterizedTest
	@MethodSource("connectorsAndReadTimeouts")
	void answerIsNotAwaitedLongerThanTheReadTimeout(Connector connector, String property) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/wallet").willReturn(WireMock.ok().withFixedDelay(10_000)));
		ApplicationContextRunner contextRunner = contextRunner(connector).withPropertyValues(property,
				"a55.token.timeout=30s");
		contextRunner
			.run((context) -> assertThatIsQuick(() -> assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> get(context, "wallet"))));
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH).willReturn(WireMock.ok().withFixedDelay(10_000)));
		contextRunner
			.run((context) -> assertThatIsQuick(() -> assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> get(context, "wallet"))
				.withMessageContaining("got no response")));
	}

	@ParameterizedTest
	@MethodSource("connectorsAndBeginnings")
	void cancelledCallsFreeTheirConnections(Connector connector, String beginning) throws IOException {
		TestA55.stub(server, "token");
		try (StallingServer api = new StallingServer(beginning)) {
			contextRunner(connector).withPropertyValues("a55.base-url=" + api.url()).run((context) -> {
				assertThat(get(context, "fast")).isEqualTo("ok");
				Mono<String> stalled = client(context).get().uri("stalled").retrieve().bodyToMono(String.class);
				Disposable calls = Flux.range(0, 20).flatMap((i) -> stalled, 20).subscribe();
				Awaitility.await().until(() -> api.stalling() >= 5);
				calls.dispose();
				assertThatIsQuick(() -> assertThat(get(context, "fast")).isEqualTo("ok"));
				Awaitility.await().untilAsserted(() -> assertThat(api.stalling()).isZero());
			});
		}
	}

	@ParameterizedTest
	@MethodSource("connectorsAndBeginnings")
	void cancelledCallsFreeConnectionsThatAreUsedAgain(Connector connector, String beginning) throws IOException {
		TestA55.stub(server, "token");
		try (StallingServer api = new StallingServer(beginning)) {
			contextRunner(connector).withPropertyValues("a55.base-url=" + api.url()).run((context) -> {
				for (int i = 1; i <= 8; i++) {
					assertThatIsQuick(() -> assertThat(get(context, "fast")).isEqualTo("ok"));
					Disposable call = client(context).get()
						.uri("stalled")
						.retrieve()
						.bodyToMono(String.class)
						.subscribe();
					Awaitility.await().until(api::stalled, Predicate.isEqual(i));
					call.dispose();
				}
				Awaitility.await().untilAsserted(() -> assertThat(api.stalling()).isZero());
			});
		}
	}

	@ParameterizedTest
	@MethodSource("connectorsAndBeginnings")
	void tokenRequestThatRunsIntoItsTimeoutFreesItsConnection(Connector connector, String beginning)
			throws IOException {
		try (StallingServer api = new StallingServer(beginning)) {
			contextRunner(connector)
				.withPropertyValues("a55.token-uri=" + api.url() + "stalled", "a55.token.timeout=1s")
				.run((context) -> {
					assertThatExceptionOfType(ClientAuthorizationException.class)
						.isThrownBy(() -> get(context, "wallet"))
						.withMessageContaining("a55.token.timeout");
					assertThat(api.stalled()).isOne();
					Awaitility.await().untilAsserted(() -> assertThat(api.stalling()).isZero());
				});
		}
	}

	@ParameterizedTest
	@EnumSource
	void restOfAnAnswerIsNotAwaitedLongerThanTheReadTimeout(Connector connector) throws IOException {
		TestA55.stub(server, "token");
		try (StallingServer api = new StallingServer(StallingServer.BEGINNING_OF_BODY)) {
			contextRunner(connector).withPropertyValues("a55.base-url=" + api.url(), "a55.read-timeout=1s")
				.run((context) -> assertThatIsQuick(() -> assertThatExceptionOfType(WebClientResponseException.class)
					.isThrownBy(() -> get(context, "stalled"))));
		}
	}

	@Test
	void answerThatComesInPiecesMayTakeLongerThanTheReadTimeout() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/wallet")
			.willReturn(WireMock.ok("x".repeat(200_000)).withChunkedDribbleDelay(10, 2000)));
		contextRunner(Connector.JDK).withPropertyValues("a55.read-timeout=1s")
			.run((context) -> assertThat(get(context, "wallet")).hasSize(200_000));
	}

	@ParameterizedTest
	@MethodSource("connectorsAndConnectTimeouts")
	void connectionIsNotAwaitedLongerThanTheConnectTimeout(Connector connector, String property) throws IOException {
		TestA55.stub(server, "token");
		try (FullServer full = new FullServer()) {
			ApplicationContextRunner contextRunner = contextRunner(connector).withPropertyValues(property,
					"a55.token.timeout=30s");
			contextRunner.withPropertyValues("a55.base-url=" + full.url())
				.run((context) -> assertThatIsQuick(() -> assertThatExceptionOfType(WebClientRequestException.class)
					.isThrownBy(() -> get(context, "wallet"))));
			contextRunner.withPropertyValues("a55.token-uri=" + full.url())
				.run((context) -> assertThatIsQuick(() -> assertThatExceptionOfType(ClientAuthorizationException.class)
					.isThrownBy(() -> get(context, "wallet"))
					.withMessageContaining("got no response")));
		}
	}

	@ParameterizedTest
	@EnumSource
	void requestIsSentAgainWhereTheConnectionIsRefused(Connector connector) throws IOException {
		TestA55.stub(server, "token");
		retryingRunner(connector).withPropertyValues("a55.base-url=http://127.0.0.1:" + closedPort() + "/")
			.run((context) -> {
				assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> get(context, "wallet"));
				assertThat(retries(context)).isEqualTo(2);
				assertThatExceptionOfType(WebClientRequestException.class)
					.isThrownBy(() -> body(client(context).put().uri("wallet").bodyValue("{}")));
				assertThat(retries(context)).isEqualTo(4);
				assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> body(
						client(context).post().uri("charge").header("Idempotency-Key", "key").bodyValue("{}")));
				assertThat(retries(context)).isEqualTo(6);
				assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> post(context, "charge"));
				assertThat(retries(context)).isEqualTo(6);
			});
	}

	@ParameterizedTest
	@EnumSource
	void requestIsSentAgainAsItWas(Connector connector) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.post("/api/v1/charge").willReturn(WireMock.status(429)));
		retryingRunner(connector).run((context) -> exchange(
				client(context).post().uri("charge").cookie("name", "value").bodyValue("{\"a\":1}")));
		List<LoggedRequest> sent = server.findAll(WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/charge")));
		assertThat(sent).hasSize(3)
			.allSatisfy((request) -> assertThat(request.getHeaders()).isEqualTo(sent.get(0).getHeaders()))
			.allSatisfy((request) -> assertThat(request.getHeader("Content-Length")).isEqualTo("7"));
	}

	@ParameterizedTest
	@EnumSource
	void callerThatIsInterruptedFailsNobodyElse(Connector connector) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.willReturn(WireMock.okJson(TestA55.tokenResponse("token")).withFixedDelay(200)));
		contextRunner(connector).run((context) -> {
			FutureTask<Boolean> interrupted = new FutureTask<>(() -> {
				Thread.currentThread().interrupt();
				client(context).get().uri("wallet").retrieve().toBodilessEntity().onErrorComplete().subscribe();
				return Thread.currentThread().isInterrupted();
			});
			new Thread(interrupted).start();
			assertThat(interrupted.get()).isTrue();
			assertThat(get(context, "wallet")).isEqualTo("ok");
		});
		server.verify(1, TestA55.TOKEN_REQUEST);
	}

	@ParameterizedTest
	@EnumSource
	void secretOfAFileServesACallOnAnEventLoop(Connector connector, @TempDir Path directory) throws IOException {
		TestA55.stub(server, "token");
		Files.writeString(directory.resolve("a55.client-secret"), "secret");
		contextRunner(connector)
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new ConfigTreePropertySource("secrets", directory)))
			.run((context) -> assertThat(
					Mono.defer(() -> client(context).get().uri("wallet").retrieve().bodyToMono(String.class))
						.subscribeOn(Schedulers.parallel())
						.block(PATIENCE))
				.isEqualTo("ok"));
	}

	@ParameterizedTest
	@EnumSource
	void readIsSentAgainWhereTheConnectionIsNotMadeInTime(Connector connector) throws IOException {
		TestA55.stub(server, "token");
		try (FullServer full = new FullServer()) {
			retryingRunner(connector).withPropertyValues("a55.base-url=" + full.url(), "a55.connect-timeout=100ms")
				.run((context) -> {
					assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> get(context, "wallet"));
					assertThat(retries(context)).isEqualTo(2);
				});
		}
	}

	@ParameterizedTest
	@EnumSource
	void readIsSentAgainWhereTheConnectionIsLost(Connector connector) {
		TestA55.stub(server, "token");
		for (Fault fault : List.of(Fault.CONNECTION_RESET_BY_PEER, Fault.EMPTY_RESPONSE)) {
			server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*"))
				.willReturn(WireMock.aResponse().withFault(fault)));
			retryingRunner(connector).run((context) -> {
				assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> get(context, "wallet"));
				assertThat(retries(context)).isEqualTo(2);
			});
		}
	}

	@ParameterizedTest
	@EnumSource
	void paymentIsSentAgainWithAnIdempotencyKeyOnly(Connector connector) {
		TestA55.stub(server, "token");
		for (ResponseDefinitionBuilder outage : List.of(WireMock.aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER),
				WireMock.aResponse().withFault(Fault.EMPTY_RESPONSE), WireMock.serviceUnavailable())) {
			server.resetRequests();
			server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*")).willReturn(outage));
			retryingRunner(connector).run((context) -> {
				assertThatException().isThrownBy(() -> post(context, "charge"));
				server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/charge")));
				WebClient.RequestHeadersSpec<?> withKey = client(context).post()
					.uri("charge")
					.header("Idempotency-Key", "key")
					.bodyValue("{\"a\":1}");
				assertThatException().isThrownBy(() -> body(withKey));
				server.verify(3,
						WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/charge"))
							.withHeader("Idempotency-Key", WireMock.equalTo("key"))
							.withRequestBody(WireMock.equalTo("{\"a\":1}")));
				assertThat(retries(context)).isEqualTo(2);
			});
		}
	}

	@ParameterizedTest
	@EnumSource
	void anyRequestIsSentAgainAfterARateLimit(Connector connector) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*"))
			.willReturn(WireMock.status(429).withHeader("Retry-After", "0").withBody("{\"code\":\"rate\"}")));
		retryingRunner(connector).run((context) -> {
			assertThat(exchange(client(context).post().uri("charge").bodyValue("{\"a\":1}")))
				.isEqualTo("429 {\"code\":\"rate\"}");
			assertThat(retries(context)).isEqualTo(2);
		});
		server.verify(3, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/charge"))
			.withRequestBody(WireMock.equalTo("{\"a\":1}")));
	}

	@ParameterizedTest
	@EnumSource
	void requestIsNotSentAgainWhereTheAnswerIsLate(Connector connector) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/wallet").willReturn(WireMock.ok().withFixedDelay(10_000)));
		retryingRunner(connector).withPropertyValues("a55.read-timeout=100ms").run((context) -> {
			assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> get(context, "wallet"));
			assertThat(retries(context)).isZero();
		});
	}

	@ParameterizedTest
	@MethodSource("connectorsAndBundles")
	void certificateInTheBundleIsTrusted(Connector connector, String property) throws Exception {
		withHttps(certificate, (https) -> {
			https
				.stubFor(WireMock.post(TestA55.TOKEN_PATH).willReturn(WireMock.okJson(TestA55.tokenResponse("token"))));
			https.stubFor(WireMock.get("/api/v1/wallet")
				.withHeader("Authorization", WireMock.equalTo("Bearer token"))
				.willReturn(WireMock.ok("ok")));
			httpsRunner(connector, property, https)
				.run((context) -> assertThat(get(context, "wallet")).isEqualTo("ok"));
		});
	}

	@ParameterizedTest
	@MethodSource("connectorsAndBundles")
	void certificateThatTheBundleDoesNotKnowFailsWithItsCause(Connector connector, String property) throws Exception {
		assertIsRefused(connector, property, unknownCertificate, "unable to find valid certification path");
	}

	@ParameterizedTest
	@MethodSource("connectorsAndBundles")
	void certificateOfAnotherHostFailsWithItsCause(Connector connector, String property) throws Exception {
		assertIsRefused(connector, property, certificateOfAnotherHost, "subject alternative");
	}

	private static void assertIsRefused(Connector connector, String property, X509Bundle ofServer, String reason)
			throws Exception {
		TestA55.stub(server, "token");
		withHttps(ofServer, (https) -> {
			ApplicationContextRunner contextRunner = httpsRunner(connector, property, https);
			contextRunner
				.withPropertyValues("a55.token-uri=" + server.url(TestA55.TOKEN_PATH), "a55.retry.enabled=true")
				.run((context) -> {
					assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> get(context, "wallet"))
						.withCauseInstanceOf(SSLException.class)
						.withStackTraceContaining(reason);
					assertThat(retries(context)).isZero();
				});
			contextRunner.run((context) -> assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> get(context, "wallet"))
				.withMessageContainingAll("got no response", reason));
			https.verify(0, anyRequest());
		});
	}

	@ParameterizedTest
	@EnumSource
	void settingsOfTheGroupAreUsed(Connector connector) throws Exception {
		TestA55.stub(server, "token");
		ApplicationContextRunner contextRunner = contextRunner(connector).withUserConfiguration(GroupHost.class);
		try (FullServer full = new FullServer()) {
			contextRunner
				.withPropertyValues("a55.base-url=" + full.url(), "spring.http.serviceclient.a55.connect-timeout=300ms")
				.run((context) -> assertThatIsQuick(() -> assertThatExceptionOfType(WebClientRequestException.class)
					.isThrownBy(() -> context.getBean(Wallets.class).get())));
		}
		withHttps(certificate, (https) -> {
			https.stubFor(WireMock.get("/api/v1/wallet").willReturn(WireMock.ok("ok")));
			httpsRunner(connector, "spring.http.serviceclient.a55.ssl.bundle", https)
				.withUserConfiguration(GroupHost.class)
				.withPropertyValues("a55.token-uri=" + server.url(TestA55.TOKEN_PATH))
				.run((context) -> assertThat(context.getBean(Wallets.class).get()).isEqualTo("ok"));
		});
	}

	@ParameterizedTest
	@EnumSource
	void nothingIsLeftWhenTheContextIsClosed(Connector connector) throws IOException {
		TestA55.stub(server, "token");
		Set<Thread> before = threads();
		try (BreakingServer api = new BreakingServer(false)) {
			ApplicationContextRunner contextRunner = contextRunner(connector)
				.withUserConfiguration(BlockingGroupHost.class)
				.withPropertyValues("a55.base-url=" + api.url(), "spring.http.serviceclient.a55.read-timeout=7s");
			contextRunner.run((context) -> {
				assertThat(get(context, "wallet")).isEqualTo("ok");
				assertThat(context.getBean(Wallets.class).get()).isEqualTo("ok");
				assertThat(api.connections()).isPositive();
				assertThat(threads()).as("user threads")
					.filteredOn((thread) -> !before.contains(thread))
					.allMatch(Thread::isDaemon);
			});
			Awaitility.await().untilAsserted(() -> {
				// The JDK's client ends when nobody refers to it any more
				System.gc();
				assertThat(threads()).isSubsetOf(before);
				// Reactor Netty's pool and event loops are those of the whole JVM
				assertThat(api.connections()).isLessThanOrEqualTo((connector != Connector.REACTOR) ? 0 : 2);
			});
		}
	}

	@ParameterizedTest
	@EnumSource
	void noConnectionWithABundleIsLeftWhenTheContextIsClosed(Connector connector) throws Exception {
		OpenConnections connections = new OpenConnections();
		withHttps(certificate, connections, (https) -> {
			https
				.stubFor(WireMock.post(TestA55.TOKEN_PATH).willReturn(WireMock.okJson(TestA55.tokenResponse("token"))));
			https.stubFor(WireMock.get("/api/v1/wallet").willReturn(WireMock.ok("ok")));
			httpsRunner(connector, "a55.ssl.bundle", https).run((context) -> {
				assertThat(get(context, "wallet")).isEqualTo("ok");
				assertThat(connections.open()).isPositive();
			});
			Awaitility.await().untilAsserted(() -> {
				// The JDK's client ends when nobody refers to it any more
				System.gc();
				assertThat(connections.open()).isZero();
			});
		});
	}

	@Test
	void connectionsOfTheHostAreUsedWithABundleAndLeftToIt() throws Exception {
		ConnectionProvider own = ConnectionProvider.create("own", 2);
		ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> customizer = (builder) -> builder
			.withHttpClientFactory(() -> HttpClient.create(own));
		OpenConnections connections = new OpenConnections();
		withHttps(certificate, connections, (https) -> {
			https
				.stubFor(WireMock.post(TestA55.TOKEN_PATH).willReturn(WireMock.okJson(TestA55.tokenResponse("token"))));
			https.stubFor(WireMock.get("/api/v1/wallet").willReturn(WireMock.ok("ok")));
			httpsRunner(Connector.REACTOR, "a55.ssl.bundle", https)
				.withBean(ClientHttpConnectorBuilderCustomizer.class, () -> customizer)
				.run((context) -> assertThat(get(context, "wallet")).isEqualTo("ok"));
			assertThat(connections.open()).isPositive();
			own.disposeLater().block(PATIENCE);
			Awaitility.await().untilAsserted(() -> assertThat(connections.open()).isZero());
		});
	}

	/**
	 * Retries of ours are off: what is seen is what the connector does on its own.
	 */
	private static ApplicationContextRunner contextRunner(Connector connector) {
		return TestA55.contextRunner(server)
			.withPropertyValues("spring.http.clients.reactive.connector=" + connector, "a55.retry.enabled=false");
	}

	private static ApplicationContextRunner contextRunner(Connector connector, Class<?> host) {
		return contextRunner(connector).withUserConfiguration(host)
			.withPropertyValues("spring.http.clients.redirects=follow",
					"spring.http.clients.cookie-handling=enable-when-possible");
	}

	private static ApplicationContextRunner retryingRunner(Connector connector) {
		return contextRunner(connector).withPropertyValues("a55.retry.enabled=true", "a55.retry.max-wait=10ms");
	}

	private static double retries(ApplicationContext context) {
		SimpleMeterRegistry meters = new SimpleMeterRegistry();
		new ExchangeMetrics(context.getBean(A55ClientConfigurer.class)).bindTo(meters);
		return meters.get("a55.client.retries").functionCounters().stream().mapToDouble(FunctionCounter::count).sum();
	}

	private static int closedPort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	private static ApplicationContextRunner httpsRunner(Connector connector, String property, WireMockServer https) {
		return contextRunner(connector).withPropertyValues("a55.base-url=" + https.baseUrl() + "/api/v1/",
				"a55.token-uri=" + https.baseUrl() + TestA55.TOKEN_PATH, property + "=a55",
				"spring.ssl.bundle.pem.a55.truststore.certificate=" + trusted);
	}

	static Stream<Arguments> connectorsAndHosts() {
		return combine(PlainHost.class, HostThatCustomizes.class);
	}

	static Stream<Arguments> connectorsAndReadTimeouts() {
		return combine("a55.read-timeout=300ms", "spring.http.clients.read-timeout=300ms");
	}

	/**
	 * Spring's connector for the JDK's client does not pass on that a body is read no
	 * further.
	 */
	static Stream<Arguments> connectorsAndBeginnings() {
		return combine("", StallingServer.BEGINNING_OF_BODY, StallingServer.BEGINNING_OF_ERROR)
			.filter((arguments) -> arguments.get()[0] != Connector.JDK || "".equals(arguments.get()[1]));
	}

	static Stream<Arguments> connectorsAndConnectTimeouts() {
		return combine("a55.connect-timeout=300ms", "spring.http.clients.connect-timeout=300ms");
	}

	static Stream<Arguments> connectorsAndBundles() {
		return combine("a55.ssl.bundle", "spring.http.clients.ssl.bundle");
	}

	private static Stream<Arguments> combine(Object... values) {
		return Stream.of(Connector.values())
			.flatMap((connector) -> Stream.of(values).map((value) -> Arguments.of(connector, value)));
	}

	private static WebClient client(ApplicationContext context) {
		return context.getBean("a55WebClient", WebClient.class);
	}

	private static String get(ApplicationContext context, String uri) {
		return body(client(context).get().uri(uri));
	}

	private static String post(ApplicationContext context, String uri) {
		return body(client(context).post().uri(uri).bodyValue("{\"a\":1}"));
	}

	private static String body(WebClient.RequestHeadersSpec<?> request) {
		return Objects.requireNonNull(request.retrieve().bodyToMono(String.class).block(PATIENCE));
	}

	private static String exchange(WebClient.RequestHeadersSpec<?> request) {
		return Objects.requireNonNull(
				request
					.exchangeToMono((response) -> response.bodyToMono(String.class)
						.defaultIfEmpty("")
						.map((body) -> (response.statusCode().value() + " " + body).trim()))
					.block(PATIENCE));
	}

	/**
	 * Runs into the time-out of the test, 300 ms, and not into the next larger one, 5
	 * seconds.
	 */
	private static void assertThatIsQuick(Runnable call) {
		long started = System.nanoTime();
		call.run();
		assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(4));
	}

	private static RequestPatternBuilder anyRequest() {
		return RequestPatternBuilder.newRequestPattern(RequestMethod.ANY, WireMock.anyUrl());
	}

	private static void withHttps(X509Bundle certificate, Consumer<WireMockServer> test) throws Exception {
		withHttps(certificate, new OpenConnections(), test);
	}

	private static void withHttps(X509Bundle certificate, OpenConnections connections, Consumer<WireMockServer> test)
			throws Exception {
		WireMockServer https = new WireMockServer(WireMockConfiguration.options()
			.httpDisabled(true)
			.dynamicHttpsPort()
			.keystorePath(certificate.toTempKeyStoreFile(KEY_STORE_PASSWORD.toCharArray()).getPath())
			.keystoreType("PKCS12")
			.keystorePassword(KEY_STORE_PASSWORD)
			.keyManagerPassword(KEY_STORE_PASSWORD)
			.networkTrafficListener(connections));
		https.start();
		try {
			test.accept(https);
		}
		finally {
			https.stop();
		}
	}

	private static X509Bundle selfSigned(String name, String host) {
		try {
			return new CertificateBuilder().subject("CN=" + name)
				.addSanDnsName(host)
				.setIsCertificateAuthority(true)
				.buildSelfSigned();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Set<Thread> threads() {
		Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
		threads.removeIf(
				(thread) -> Stream
					.of("parallel-", "reactor-http", "qtp", "awaitility", "socket-server", "Common-Cleaner",
							"Connector-Scheduler-")
					.anyMatch(thread.getName()::startsWith));
		return threads;
	}

	@Configuration(proxyBeanMethods = false)
	static class PlainHost {

	}

	/**
	 * Switches on whatever carries a request, or something of it, elsewhere or sends it
	 * again.
	 */
	@Configuration(proxyBeanMethods = false)
	static class HostThatCustomizes {

		@Bean
		ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> reactor() {
			return (builder) -> builder
				.withHttpClientCustomizer((client) -> client.followRedirect(true).disableRetry(false));
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<JdkClientHttpConnectorBuilder> jdk() {
			return (builder) -> builder.withHttpClientCustomizer(
					(client) -> client.followRedirects(Redirect.ALWAYS).cookieHandler(new CookieManager()));
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<JettyClientHttpConnectorBuilder> jetty() {
			return (builder) -> builder.withHttpClientCustomizer((client) -> {
				client.setFollowRedirects(true);
				client.setHttpCookieStore(new HttpCookieStore.Default());
			});
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<HttpComponentsClientHttpConnectorBuilder> httpComponents() {
			return (builder) -> builder
				.withHttpClientCustomizer((client) -> client.setRedirectStrategy(DefaultRedirectStrategy.INSTANCE)
					.setDefaultCookieStore(new BasicCookieStore())
					.setRetryStrategy(new RetryOfEverything()));
		}

	}

	static final class RetryOfEverything extends DefaultHttpRequestRetryStrategy {

		RetryOfEverything() {
			super(3, TimeValue.ofMilliseconds(1), List.of(), List.of(503));
		}

		@Override
		protected boolean handleAsIdempotent(HttpRequest request) {
			return true;
		}

	}

	/**
	 * Answers every {@code GET} and keeps its connection alive. When it has received a
	 * whole {@code POST} it breaks off the connection, by a reset or by closing it.
	 */
	static final class BreakingServer extends SocketServer {

		private final List<String> requests = new CopyOnWriteArrayList<>();

		private final boolean resets;

		BreakingServer(boolean resets) throws IOException {
			this.resets = resets;
		}

		List<String> requests() {
			return List.copyOf(this.requests);
		}

		@Override
		public void serve(Socket connection, BufferedReader in) throws IOException {
			String place = " on new connection";
			for (String method = read(in); method != null; method = read(in)) {
				this.requests.add(method + place);
				place = " on kept-alive connection";
				if (method.equals("POST")) {
					connection.setSoLinger(this.resets, 0);
					return;
				}
				send(connection, OK);
			}
		}

		/**
		 * Read a whole request and return its method, or {@code null} where no more
		 * comes.
		 */
		private static @Nullable String read(BufferedReader in) throws IOException {
			String requestLine = in.readLine();
			int length = 0;
			boolean chunked = false;
			for (String line = requestLine; line != null && !line.isEmpty(); line = in.readLine()) {
				String header = line.toLowerCase(Locale.ROOT);
				if (header.startsWith("content-length:")) {
					length = Integer.parseInt(header.substring("content-length:".length()).trim());
				}
				chunked |= header.equals("transfer-encoding: chunked");
			}
			for (int i = 0; i < length; i++) {
				in.read();
			}
			for (String line = chunked ? in.readLine() : null; line != null
					&& !line.equals("0"); line = in.readLine()) {
				// Of a chunk
			}
			return (requestLine != null) ? requestLine.substring(0, requestLine.indexOf(' ')) : null;
		}

	}

	/**
	 * Accepts no connection, and has as many waiting as the operating system lets it
	 * have.
	 */
	static final class FullServer implements Closeable {

		private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());

		private final List<Socket> connections = new ArrayList<>();

		FullServer() throws IOException {
			boolean full = false;
			while (!full && this.connections.size() < 20) {
				Socket connection = new Socket();
				this.connections.add(connection);
				try {
					connection.connect(this.server.getLocalSocketAddress(), 200);
				}
				catch (SocketTimeoutException ex) {
					full = true;
				}
			}
			Assumptions.assumeTrue(full, "a server that is full leaves clients waiting");
		}

		String url() {
			return "http://127.0.0.1:" + this.server.getLocalPort() + "/";
		}

		@Override
		public void close() throws IOException {
			for (Socket connection : this.connections) {
				connection.close();
			}
			this.server.close();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class, clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	static class GroupHost {

	}

	/**
	 * Boot makes a connector for a WebClient of a group before ours, and never closes it:
	 * that of HttpComponents has threads from its beginning. For this one it makes none.
	 */
	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class)
	static class BlockingGroupHost {

	}

	interface Wallets {

		@GetExchange("wallet")
		String get();

	}

}
