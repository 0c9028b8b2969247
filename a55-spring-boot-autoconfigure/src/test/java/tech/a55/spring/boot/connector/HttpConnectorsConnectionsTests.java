package tech.a55.spring.boot.connector;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link HttpConnectors}: connections are free when nobody needs them any more.
 */
class HttpConnectorsConnectionsTests {

	private static final OpenConnections connections = new OpenConnections();

	private static WireMockServer https;

	private HttpConnectors connectors = new HttpConnectors(TestConnectors.builder(Connector.JDK),
			TestConnectors.SETTINGS);

	@BeforeAll
	static void start() throws Exception {
		https = TestCertificates.startServer(connections);
		https.stubFor(WireMock.get("/wallet").willReturn(WireMock.ok("ok")));
	}

	@AfterAll
	static void stop() {
		https.stop();
	}

	@AfterEach
	void close() {
		this.connectors.destroy();
	}

	@ParameterizedTest
	@MethodSource("connectorsAndBeginnings")
	void cancelledCallsFreeTheirConnections(Connector connector, String beginning) throws IOException {
		try (StallingServer api = new StallingServer(beginning)) {
			WebClient client = client(connector, api);
			assertThat(TestConnectors.body(client.get().uri("fast"))).isEqualTo("ok");
			int most = (connector == Connector.HTTP_COMPONENTS) ? 5 : 20;
			AtomicInteger begun = new AtomicInteger();
			Disposable calls = Flux.range(0, 20).flatMap((i) -> stall(client, begun), 20).subscribe();
			TestConnectors.eventually()
				.until(() -> api.stalling() == most && (beginning.isEmpty() || begun.get() == most));
			calls.dispose();
			assertThat(TestConnectors.body(client.get().uri("fast"))).isEqualTo("ok");
			TestConnectors.eventually().until(api::stalling, Predicate.isEqual(0));
		}
	}

	@ParameterizedTest
	@MethodSource("connectorsAndBeginnings")
	void cancelledCallsFreeConnectionsThatAreUsedAgain(Connector connector, String beginning) throws IOException {
		try (StallingServer api = new StallingServer(beginning)) {
			WebClient client = client(connector, api);
			for (int i = 1; i <= 8; i++) {
				assertThat(TestConnectors.body(client.get().uri("fast"))).isEqualTo("ok");
				AtomicInteger begun = new AtomicInteger();
				Disposable call = stall(client, begun).subscribe();
				TestConnectors.eventually().until(api::stalled, Predicate.isEqual(i));
				TestConnectors.eventually().until(() -> beginning.isEmpty() || begun.get() == 1);
				call.dispose();
			}
			TestConnectors.eventually().until(api::stalling, Predicate.isEqual(0));
		}
	}

	/**
	 * Counts the responses whose body has begun. If a call is cancelled before its body
	 * is read, Spring reads the rest of the body, until the read timeout ends that.
	 */
	private static Flux<String> stall(WebClient client, AtomicInteger begun) {
		return client.get()
			.uri("stalled")
			.exchangeToFlux((response) -> response.body(BodyExtractors.toDataBuffers()).map((buffer) -> {
				DataBufferUtils.release(buffer);
				begun.incrementAndGet();
				return "";
			}));
	}

	/**
	 * Spring's connector for the JDK's client does not pass on that a body is read no
	 * further.
	 */
	static Stream<Arguments> connectorsAndBeginnings() {
		return Stream.of(Connector.values())
			.flatMap((connector) -> Stream.of("", StallingServer.BEGINNING_OF_BODY, StallingServer.BEGINNING_OF_ERROR)
				.filter((beginning) -> connector != Connector.JDK || beginning.isEmpty())
				.map((beginning) -> Arguments.of(connector, beginning)));
	}

	/**
	 * Callers that block wait on the threads of the scheduler that Reactor recommends for
	 * it.
	 */
	@ParameterizedTest
	@EnumSource
	void callersThatOccupyAllThreadsThatMayBlockGetTheirResponses(Connector connector) throws IOException {
		try (StallingServer api = new StallingServer("")) {
			HttpConnectors connectors = new HttpConnectors(TestConnectors.builder(connector), TestConnectors.SETTINGS);
			WebClient client = TestConnectors.client(connectors.connector(), api.url());
			int callers = 2 * Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE;
			List<String> bodies = Flux.range(0, callers)
				.flatMap((i) -> Mono.fromCallable(() -> TestConnectors.body(client.get().uri("wallet")))
					.subscribeOn(Schedulers.boundedElastic()), callers)
				.collectList()
				.block(TestConnectors.PATIENCE);
			assertThat(bodies).hasSize(callers).containsOnly("ok");
			connectors.destroy();
		}
	}

	@ParameterizedTest
	@EnumSource
	void requestThatTheServerDoesNotReadEnds(Connector connector) throws IOException {
		try (ServerSocket api = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			HttpConnectors connectors = new HttpConnectors(TestConnectors.builder(connector),
					TestConnectors.SETTINGS.withReadTimeout(Duration.ofMillis(300)));
			WebClient client = TestConnectors.client(connectors.connector(),
					"http://localhost:" + api.getLocalPort() + "/");
			Flux<String> body = Flux.range(0, 300).map((i) -> "x".repeat(100_000));
			assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> TestConnectors.body(client.post().uri("charge").body(body, String.class)));
			connectors.destroy();
		}
	}

	@ParameterizedTest
	@EnumSource
	void nothingIsLeftWhenTheyAreClosed(Connector connector) throws Exception {
		this.connectors.destroy();
		Set<Thread> before = threads();
		try (BreakingServer api = new BreakingServer(false)) {
			callAndClose(connector, api, before);
			TestConnectors.eventually().untilAsserted(() -> {
				// The JDK's client ends when nobody refers to it any more
				System.gc();
				assertThat(threads()).isSubsetOf(before);
				assertThat(connections.open()).isZero();
				assertThat(api.connections()).isZero();
			});
		}
	}

	private static void callAndClose(Connector connector, BreakingServer api, Set<Thread> before) throws Exception {
		HttpConnectors connectors = new HttpConnectors(TestConnectors.builder(connector), TestConnectors.SETTINGS);
		for (ClientHttpConnector built : List.of(connectors.connector(),
				connectors.connector(TestConnectors.SETTINGS.withReadTimeout(Duration.ofMinutes(7))),
				connectors.separateConnector(TestConnectors.PATIENCE))) {
			call(built, api.url());
		}
		call(connectors.connector(TestConnectors.SETTINGS.withSslBundle(TestCertificates.trusting())),
				TestCertificates.url(https, "/"));
		assertThat(api.connections()).isPositive();
		assertThat(connections.open()).isPositive();
		assertThat(threads()).as("user threads")
			.filteredOn((thread) -> !before.contains(thread))
			.allMatch(Thread::isDaemon);
		connectors.destroy();
	}

	private static void call(ClientHttpConnector connector, String url) {
		WebClient client = TestConnectors.client(connector, url);
		assertThat(TestConnectors.body(client.get().uri("wallet"))).isEqualTo("ok");
	}

	private WebClient client(Connector connector, StallingServer api) {
		this.connectors.destroy();
		this.connectors = new HttpConnectors(TestConnectors.builder(connector), TestConnectors.SETTINGS);
		return TestConnectors.client(this.connectors.connector(), api.url());
	}

	private static Set<Thread> threads() {
		Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
		threads.removeIf((thread) -> Stream
			.of("parallel-", "boundedElastic-", "reactor-http", "qtp", "awaitility", "socket-server", "Common-Cleaner",
					"Connector-Scheduler-")
			.anyMatch(thread.getName()::startsWith));
		return threads;
	}

}
