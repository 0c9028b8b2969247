package tech.a55.spring.boot.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;

import javax.net.ssl.SSLException;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.a55.spring.boot.autoconfigure.TestA55;
import tech.a55.spring.boot.connector.BreakingServer;
import tech.a55.spring.boot.connector.FullServer;
import tech.a55.spring.boot.connector.OpenConnections;
import tech.a55.spring.boot.connector.StallingServer;
import tech.a55.spring.boot.connector.TestCertificates;
import tech.a55.spring.boot.connector.TestConnectors;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link A55ClientConfigurer}: what a client does when something goes wrong on
 * the way is the same with each of Boot's connectors.
 */
class A55ClientConfigurerTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	@RegisterExtension
	static final WireMockExtension otherServer = TestA55.server();

	private static WireMockServer https;

	@BeforeAll
	static void startHttps() throws Exception {
		https = TestCertificates.startServer(new OpenConnections());
	}

	@AfterAll
	static void stopHttps() {
		https.stop();
	}

	@ParameterizedTest
	@EnumSource
	void callsGoOutWithATokenAndWithTheNextOneIfItIsRefused(Connector connector) {
		// A challenge need not be there (RFC 6750 wants one, gateways forget it)
		for (ResponseDefinitionBuilder refusal : List.of(WireMock.unauthorized(),
				WireMock.unauthorized().withHeader("WWW-Authenticate", "Bearer error=\"invalid_token\""),
				WireMock.unauthorized().withBody("x".repeat(100_000)))) {
			server.resetAll();
			accept("token-1");
			try (TestClients clients = TestClients.of(connector, baseUrl())) {
				assertThat(post(clients.webClient())).isEqualTo("ok");
				server.resetAll();
				accept("token-2");
				server.stubFor(WireMock.post("/api/v1/charge")
					.withHeader("Authorization", WireMock.equalTo("Bearer token-1"))
					.willReturn(refusal));
				assertThat(post(clients.webClient())).isEqualTo("ok");
				assertThat(clients.issued()).isEqualTo(2);
			}
			server.verify(2, charge().withRequestBody(WireMock.equalTo("{\"a\":1}")));
		}
	}

	@ParameterizedTest
	@EnumSource
	void theLastRefusalIsWhatTheCallerGets(Connector connector) {
		respond(WireMock.unauthorized().withBody("{\"code\":\"unauthorized\"}"));
		try (TestClients clients = TestClients.of(connector, baseUrl())) {
			assertThat(TestConnectors.exchange(clients.webClient().get().uri("wallet")))
				.isEqualTo("401 {\"code\":\"unauthorized\"}");
			assertThat(clients.issued()).isEqualTo(2);
		}
	}

	@ParameterizedTest
	@EnumSource
	void noOtherOriginIsCalled(Connector connector) {
		try (TestClients clients = TestClients.of(connector, baseUrl())) {
			assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(
					() -> TestConnectors.body(clients.webClient().get().uri(otherServer.url("/api/v1/wallet"))));
		}
		otherServer.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	@ParameterizedTest
	@EnumSource
	void requestIsRetriedIfTheConnectionIsRefused(Connector connector) throws IOException {
		try (TestClients clients = TestClients.retrying(connector, "http://127.0.0.1:" + closedPort() + "/")) {
			WebClient client = clients.webClient();
			assertIsRetried(clients, 2, client.get().uri("wallet"));
			assertIsRetried(clients, 2, client.put().uri("wallet").bodyValue("{}"));
			assertIsRetried(clients, 2, client.post().uri("charge").header("Idempotency-Key", "key").bodyValue("{}"));
			assertIsRetried(clients, 0, client.post().uri("charge").bodyValue("{}"));
		}
	}

	@ParameterizedTest
	@EnumSource
	void readIsRetriedIfTheConnectionIsNotMadeInTime(Connector connector) throws IOException {
		HttpClientSettings settings = TestConnectors.SETTINGS.withConnectTimeout(Duration.ofMillis(50));
		try (FullServer full = new FullServer();
				TestClients clients = TestClients.retrying(connector, full.url(), settings)) {
			assertIsRetried(clients, 2, clients.webClient().get().uri("wallet"));
		}
	}

	@ParameterizedTest
	@EnumSource
	void readIsRetriedIfTheConnectionIsLost(Connector connector) {
		try (TestClients clients = TestClients.retrying(connector, baseUrl())) {
			for (Fault fault : List.of(Fault.CONNECTION_RESET_BY_PEER, Fault.EMPTY_RESPONSE)) {
				respond(WireMock.aResponse().withFault(fault));
				assertIsRetried(clients, 2, clients.webClient().get().uri("wallet"));
			}
		}
	}

	@ParameterizedTest
	@EnumSource
	void requestIsNotRetriedIfTheResponseIsLate(Connector connector) throws IOException {
		// With the JDK's client, the shorter ones may end before there is a connection
		for (Duration timeout = Duration.ofMillis(50); !isLateWithoutARetry(connector, timeout); timeout = timeout
			.multipliedBy(2)) {
			assertThat(timeout).isLessThan(TestConnectors.PATIENCE);
		}
	}

	private static boolean isLateWithoutARetry(Connector connector, Duration timeout) throws IOException {
		try (StallingServer api = new StallingServer("");
				TestClients clients = TestClients.retrying(connector, api.url(),
						TestConnectors.SETTINGS.withReadTimeout(timeout))) {
			assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> TestConnectors.body(clients.webClient().get().uri("stalled")));
			return api.stalled() == 1 && clients.retries() == 0;
		}
	}

	@ParameterizedTest
	@EnumSource
	void requestIsNotRetriedIfTheCertificateIsRefused(Connector connector) throws Exception {
		HttpClientSettings unknown = TestConnectors.SETTINGS.withSslBundle(TestCertificates.trustingAnother());
		assertIsRefused(connector, unknown, TestCertificates.url(https, "/"),
				"unable to find valid certification path");
		HttpClientSettings known = TestConnectors.SETTINGS.withSslBundle(TestCertificates.trusting());
		assertIsRefused(connector, known, TestCertificates.urlOfAnotherHost(https, "/"), "subject alternative");
	}

	private static void assertIsRefused(Connector connector, HttpClientSettings settings, String url, String reason) {
		try (TestClients clients = TestClients.retrying(connector, url, settings)) {
			assertIsRetried(clients, 0, clients.webClient().get().uri("wallet")).withCauseInstanceOf(SSLException.class)
				.withStackTraceContaining(reason);
		}
		try (TestClients clients = TestClients.withTokenEndpoint(connector, url, url + "token", settings)) {
			assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> TestConnectors.body(clients.webClient().get().uri("wallet")))
				.withMessageContainingAll("got no response", reason);
		}
	}

	@ParameterizedTest
	@EnumSource
	void tokenRequestIsSentTwiceAtMostIfItsConnectionBreaksOff(Connector connector) throws IOException {
		try (BreakingServer breaking = new BreakingServer(true);
				TestClients clients = TestClients.withTokenEndpoint(connector, baseUrl(), breaking.url(),
						TestConnectors.SETTINGS)) {
			assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> TestConnectors.body(clients.webClient().get().uri("wallet")))
				.withMessageContaining("got no response");
			assertThat(breaking.requests()).hasSize(2);
		}
	}

	/**
	 * Spring's connector for the JDK's client does not pass on that a body is read no
	 * further.
	 */
	@ParameterizedTest
	@EnumSource
	void tokenRequestThatRunsIntoItsTimeoutFreesItsConnection(Connector connector) throws IOException {
		for (String beginning : (connector != Connector.JDK)
				? List.of("", StallingServer.BEGINNING_OF_BODY, StallingServer.BEGINNING_OF_ERROR) : List.of("")) {
			try (StallingServer endpoint = new StallingServer(beginning)) {
				// The machine may be too busy to connect in the shorter ones
				for (long millis = 50; endpoint.stalled() == 0; millis *= 2) {
					failInTime(connector, endpoint.url() + "stalled", Duration.ofMillis(millis));
				}
				TestConnectors.eventually().until(endpoint::stalling, Predicate.isEqual(0));
			}
		}
	}

	private static void failInTime(Connector connector, String tokenUri, Duration timeout) {
		try (TestClients clients = TestClients.withTokenTimeout(connector, tokenUri, timeout)) {
			assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> TestConnectors.body(clients.webClient().get().uri("wallet")))
				.withMessageContaining("a55.token.timeout");
		}
	}

	@ParameterizedTest
	@EnumSource
	void requestIsRetriedAsItWas(Connector connector) {
		respond(WireMock.status(429));
		try (TestClients clients = TestClients.retrying(connector, baseUrl())) {
			TestConnectors
				.exchange(clients.webClient().post().uri("charge").cookie("name", "value").bodyValue("{\"a\":1}"));
		}
		List<LoggedRequest> sent = server.findAll(charge());
		assertThat(sent).hasSize(3)
			.allSatisfy((request) -> assertThat(request.getHeaders()).isEqualTo(sent.get(0).getHeaders()))
			.allSatisfy((request) -> assertThat(request.getHeader("Cookie")).isEqualTo("name=value"))
			.allSatisfy((request) -> assertThat(request.getHeader("Content-Length")).isEqualTo("7"));
	}

	@ParameterizedTest
	@EnumSource
	void paymentIsRetriedWithAnIdempotencyKeyOnly(Connector connector) {
		for (ResponseDefinitionBuilder outage : List.of(WireMock.aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER),
				WireMock.aResponse().withFault(Fault.EMPTY_RESPONSE), WireMock.serviceUnavailable())) {
			server.resetRequests();
			respond(outage);
			try (TestClients clients = TestClients.retrying(connector, baseUrl())) {
				assertThatException().isThrownBy(() -> post(clients.webClient()));
				server.verify(1, charge());
				WebClient.RequestHeadersSpec<?> withKey = clients.webClient()
					.post()
					.uri("charge")
					.header("Idempotency-Key", "key")
					.bodyValue("{\"a\":1}");
				assertThatException().isThrownBy(() -> TestConnectors.body(withKey));
				assertThat(clients.retries()).isEqualTo(2);
			}
			server.verify(3, charge().withHeader("Idempotency-Key", WireMock.equalTo("key"))
				.withRequestBody(WireMock.equalTo("{\"a\":1}")));
		}
	}

	@ParameterizedTest
	@EnumSource
	void anyRequestIsRetriedAfterARateLimit(Connector connector) {
		respond(WireMock.status(429).withHeader("Retry-After", "0").withBody("{\"code\":\"rate\"}"));
		try (TestClients clients = TestClients.retrying(connector, baseUrl())) {
			assertThat(TestConnectors.exchange(clients.webClient().post().uri("charge").bodyValue("{\"a\":1}")))
				.isEqualTo("429 {\"code\":\"rate\"}");
			assertThat(clients.retries()).isEqualTo(2);
		}
		server.verify(3, charge().withRequestBody(WireMock.equalTo("{\"a\":1}")));
	}

	@ParameterizedTest
	@EnumSource
	void callerThatIsInterruptedFailsNobodyElse(Connector connector) throws Exception {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.willReturn(WireMock.okJson(TestA55.tokenResponse("token")).withFixedDelay(50)));
		try (TestClients clients = TestClients.withTokenEndpoint(connector, baseUrl(), server.url(TestA55.TOKEN_PATH),
				TestConnectors.SETTINGS)) {
			FutureTask<Boolean> interrupted = new FutureTask<>(() -> {
				Thread.currentThread().interrupt();
				clients.webClient().get().uri("wallet").retrieve().toBodilessEntity().onErrorComplete().subscribe();
				return Thread.currentThread().isInterrupted();
			});
			new Thread(interrupted).start();
			assertThat(interrupted.get()).isTrue();
			assertThat(TestConnectors.body(clients.webClient().get().uri("wallet"))).isEqualTo("ok");
		}
		server.verify(1, TestA55.TOKEN_REQUEST);
	}

	private static ThrowableAssertAlternative<WebClientRequestException> assertIsRetried(TestClients clients, int times,
			WebClient.RequestHeadersSpec<?> request) {
		long before = clients.retries();
		ThrowableAssertAlternative<WebClientRequestException> failure = assertThatExceptionOfType(
				WebClientRequestException.class)
			.isThrownBy(() -> TestConnectors.body(request));
		assertThat(clients.retries()).isEqualTo(before + times);
		return failure;
	}

	private static String post(WebClient client) {
		return TestConnectors.body(client.post().uri("charge").bodyValue("{\"a\":1}"));
	}

	private static void respond(ResponseDefinitionBuilder response) {
		server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*")).willReturn(response));
	}

	private static void accept(String token) {
		server.stubFor(WireMock.post("/api/v1/charge")
			.withHeader("Authorization", WireMock.equalTo("Bearer " + token))
			.willReturn(WireMock.ok("ok")));
	}

	private static RequestPatternBuilder charge() {
		return WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/charge"));
	}

	private static String baseUrl() {
		return server.url("/api/v1/");
	}

	private static int closedPort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

}
