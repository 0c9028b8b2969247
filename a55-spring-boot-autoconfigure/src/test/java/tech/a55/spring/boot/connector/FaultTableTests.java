package tech.a55.spring.boot.connector;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tech.a55.spring.boot.autoconfigure.TestA55;

import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Faults of the network, against each kind of call and each connector: nothing is lost
 * without an error, nothing that may not be is delivered twice, and nothing is left.
 */
class FaultTableTests {

	/**
	 * Far longer than any call of this table may take: at most three attempts with both
	 * timeouts.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final List<String> PATIENT = List.of("a55.connect-timeout=30s", "a55.read-timeout=30s");

	private static final List<String> SHORT_READ = List.of("a55.connect-timeout=30s", "a55.read-timeout=500ms");

	private static final List<String> SHORT_CONNECT = List.of("a55.connect-timeout=300ms", "a55.read-timeout=30s");

	/**
	 * Over HTTP/2, all calls of the JDK's client would use one connection.
	 */
	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance()
		.options(WireMockConfiguration.wireMockConfig().dynamicPort().http2PlainDisabled(true))
		.resetOnEachTest(false)
		.build();

	private static final Map<String, FaultProxy> proxies = new ConcurrentHashMap<>();

	private static Set<Thread> threadsBefore = Set.of();

	@BeforeAll
	static void stub() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*/close/.*"))
			.withHeader("Authorization", WireMock.equalTo("Bearer token"))
			.willReturn(WireMock.ok("ok").withHeader("Connection", "close")));
		threadsBefore = threads();
	}

	/**
	 * The virtual machine has one set of threads, so they are looked at when all rows are
	 * done.
	 */
	@AfterAll
	static void nothingIsLeft() throws IOException {
		try {
			Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
				// The JDK's client ends when nobody refers to it any more
				System.gc();
				assertThat(proxies).allSatisfy((row, proxy) -> assertThat(proxy.open()).isZero());
				assertThat(threads()).isSubsetOf(threadsBefore);
			});
		}
		finally {
			for (FaultProxy proxy : proxies.values()) {
				proxy.close();
			}
			proxies.clear();
		}
	}

	@ParameterizedTest
	@MethodSource("connectorsAndFaults")
	@Execution(ExecutionMode.CONCURRENT)
	void noCallIsLostOrDeliveredTwice(Connector connector, Row row) throws IOException {
		String path = "/api/" + connector + "/" + row.name().replace(' ', '-') + (row.usesThePool() ? "/" : "/close/");
		FaultProxy proxy = new FaultProxy(server.getPort());
		proxies.put(path, proxy);
		TestA55.contextRunner(server)
			.withPropertyValues("spring.http.clients.reactive.connector=" + connector, "a55.retry.max-wait=10ms",
					"a55.base-url=" + (row.tls() ? "https://" : "http://") + proxy.host() + path)
			.withPropertyValues(row.timeouts().toArray(String[]::new))
			.run((context) -> {
				ConnectTimeoutTests.fetchToken(context);
				if (!row.tls()) {
					warmUp(context);
				}
				for (Call call : Call.values()) {
					assertOutcome(call, row, path, proxy, context);
				}
				if (row.tls()) {
					// The proxy may learn of a connection after the call is over
					assertThat(proxy.accepted())
						.isLessThanOrEqualTo(row.outcomes().stream().mapToInt(Outcome::connections).sum());
				}
			});
	}

	private static void assertOutcome(Call call, Row row, String path, FaultProxy proxy, ApplicationContext context)
			throws IOException {
		row.prepare().run(proxy, context);
		int deliveredBefore = delivered(path);
		int connections = proxy.accepted();
		double retries = ConnectTimeoutTests.retries(context);
		Throwable failure = catchThrowable(() -> assertThat(call.send(context)).isEqualTo("ok"));
		int delivered = delivered(path) - deliveredBefore;
		Outcome outcome = new Outcome(failure == null, delivered, proxy.accepted() - connections);
		if (failure != null) {
			assertThat(failure).isInstanceOf(WebClientRequestException.class);
		}
		if (row.usesThePool()) {
			// The connection may not have been in the pool yet, and a new one may be slow
			assertThat(delivered).isBetween(outcome.success() ? 1 : 0, 1);
			return;
		}
		Outcome expected = row.outcome(call);
		if (row.timeouts().equals(PATIENT)) {
			assertThat(outcome).isEqualTo(expected);
		}
		else {
			assertThat(outcome.success()).isFalse();
			assertThat(delivered).isZero();
			if (row.timeouts().equals(SHORT_CONNECT)) {
				assertThat(ConnectTimeoutTests.retries(context) - retries).isEqualTo(expected.connections() - 1);
			}
		}
	}

	private static int delivered(String path) {
		return server.findAll(WireMock.anyRequestedFor(WireMock.urlPathMatching(path + ".*"))).size();
	}

	static Stream<Arguments> connectorsAndFaults() {
		Outcome refused = new Outcome(false, 0, 0);
		Outcome lost = new Outcome(false, 0, 1);
		Outcome lostThreeTimes = new Outcome(false, 0, 3);
		Outcome deliveredAndLost = new Outcome(false, 1, 1);
		Outcome sentOnce = new Outcome(true, 1, 1);
		Outcome retried = new Outcome(true, 1, 2);
		Outcome deliveredTwice = new Outcome(true, 2, 2);
		return Stream.of(Connector.values())
			.flatMap((connector) -> Stream.of(
					new Row("connection reset", false, PATIENT, List.of(retried, retried, lost),
							(proxy, context) -> proxy.breakNext(FaultProxy.Fault.RESET)),
					new Row("response lost", false, PATIENT, List.of(deliveredTwice, deliveredTwice, deliveredAndLost),
							(proxy, context) -> proxy.breakNext(FaultProxy.Fault.LOSE_RESPONSE)),
					new Row("slow", false, PATIENT, List.of(sentOnce, sentOnce, sentOnce),
							(proxy, context) -> proxy.breakNext(FaultProxy.Fault.SLOW)),
					new Row("refused", false, PATIENT, List.of(refused, refused, refused),
							(proxy, context) -> proxy.refuse()),
					// On a busy machine, the JDK's client takes its read timeout for one
					// to connect
					new Row("silently dropped", false, SHORT_READ, List.of(lost, lost, lost),
							(proxy, context) -> proxy.breakAll(FaultProxy.Fault.DROP)),
					new Row("pooled connection silently dropped", false, SHORT_READ, List.of(),
							FaultTableTests::dropPooled),
					new Row("TLS stalled", true, SHORT_CONNECT, List.of(lostThreeTimes, lostThreeTimes, lost),
							(proxy, context) -> proxy.breakAll(FaultProxy.Fault.DROP)))
				.map((row) -> Arguments.of(connector, row)));
	}

	private static void dropPooled(FaultProxy proxy, ApplicationContext context) throws IOException {
		warmUp(context);
		proxy.dropOpen();
	}

	private static void warmUp(ApplicationContext context) {
		Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> Call.GET.send(context), "ok"::equals);
	}

	private static Set<Thread> threads() {
		Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
		threads.removeIf((thread) -> Stream
			.of("parallel-", "boundedElastic-", "reactor-http", "qtp", "awaitility", "socket-server", "Common-Cleaner",
					"Connector-Scheduler-", "ForkJoinPool-")
			.anyMatch(thread.getName()::startsWith));
		return threads;
	}

	private enum Call {

		GET, POST_WITH_KEY, POST_WITHOUT_KEY;

		String send(ApplicationContext context) {
			WebClient client = context.getBean("a55WebClient", WebClient.class);
			WebClient.RequestHeadersSpec<?> request = switch (this) {
				case GET -> client.get().uri("wallet");
				case POST_WITH_KEY -> client.post().uri("charge").header("Idempotency-Key", "key").bodyValue("{}");
				case POST_WITHOUT_KEY -> client.post().uri("charge").bodyValue("{}");
			};
			return Objects.requireNonNull(request.retrieve().bodyToMono(String.class).block(PATIENCE));
		}

	}

	private record Outcome(boolean success, int delivered, int connections) {
	}

	private record Row(String name, boolean tls, List<String> timeouts, List<Outcome> outcomes, Preparation prepare) {

		boolean usesThePool() {
			return this.outcomes.isEmpty();
		}

		Outcome outcome(Call call) {
			return this.outcomes.get(List.of(Call.values()).indexOf(call));
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

	private interface Preparation {

		void run(FaultProxy proxy, ApplicationContext context) throws IOException;

	}

}
