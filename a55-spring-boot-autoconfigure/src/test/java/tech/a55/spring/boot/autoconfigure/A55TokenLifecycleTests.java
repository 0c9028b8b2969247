package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpStatusCode;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for the access token of a whole application context on real sockets.
 */
class A55TokenLifecycleTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final ApplicationContextRunner contextRunner = TestA55.contextRunner(server);

	@Test
	void theStartOfAnApplicationFetchesNothing() {
		TestA55.stub(server, "token");
		this.contextRunner.run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(TokenSimulation.isUntouched(context.getBean(AccessTokenCache.class))).isTrue();
			assertThat(server.getAllServeEvents()).isEmpty();
			assertThat(call(context).block()).isEqualTo(HttpStatusCode.valueOf(200));
			server.verify(1, TestA55.TOKEN_REQUEST);
		});
	}

	@Test
	@DisplayName("Row 6: endpoint never answers")
	void anEndpointThatNeverAnswersFreesTheSlotAfterTheTimeout() {
		TestA55.stub(server, "token");
		this.contextRunner.run((context) -> assertThat(call(context).block()).isEqualTo(HttpStatusCode.valueOf(200)));
		server.resetRequests();
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.willReturn(WireMock.okJson(TestA55.tokenResponse("token")).withFixedDelay(30_000)));
		this.contextRunner.withPropertyValues("a55.token.timeout=3s").run((context) -> {
			List<CompletableFuture<HttpStatusCode>> calls = IntStream.range(0, 10)
				.mapToObj((i) -> call(context).toFuture())
				.toList();
			calls.forEach((call) -> assertThatExceptionOfType(ExecutionException.class).isThrownBy(call::get)
				.havingCause()
				.isInstanceOf(ClientAuthorizationException.class)
				.withMessageContaining(" within 3000 ms ("));
			assertThat(server.findAll(TestA55.TOKEN_REQUEST)).hasSizeLessThanOrEqualTo(1);
			TestA55.stub(server, "token");
			Awaitility.await()
				.atMost(Duration.ofMinutes(5))
				.ignoreExceptions()
				.untilAsserted(() -> assertThat(call(context).block()).isEqualTo(HttpStatusCode.valueOf(200)));
		});
	}

	@Test
	@DisplayName("Row 18: context closed in mid-fetch")
	void closingTheContextInMidFetchSettlesAllWaitersAndLeavesNoThread() throws IOException {
		try (ServerSocket endpoint = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			Set<Thread> before = threads();
			List<CompletableFuture<HttpStatusCode>> calls = new ArrayList<>();
			List<Socket> connections = new ArrayList<>();
			this.contextRunner
				.withPropertyValues("a55.token-uri=http://127.0.0.1:" + endpoint.getLocalPort() + "/oauth2/token")
				.run((context) -> {
					for (int i = 0; i < 10; i++) {
						calls.add(call(context).toFuture());
					}
					connections.add(endpoint.accept());
				});
			for (CompletableFuture<?> call : calls) {
				assertThat(call).failsWithin(5, TimeUnit.MINUTES)
					.withThrowableOfType(ExecutionException.class)
					.havingCause()
					.isInstanceOf(ClientAuthorizationException.class)
					.withMessageContaining("the application context is closed");
			}
			try (Socket connection = connections.get(0)) {
				connection.setSoTimeout(300_000);
				InputStream request = connection.getInputStream();
				assertThatNoException().isThrownBy(request::readAllBytes);
			}
			Awaitility.await()
				.atMost(Duration.ofMinutes(5))
				.untilAsserted(() -> assertThat(threads()).isSubsetOf(before));
		}
	}

	@Test
	@DisplayName("Row 20: counters")
	void theMetersEqualWhatTheEndpointsSaw() {
		TestA55.stub(server, "first");
		this.contextRunner.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class))
			.withConfiguration(AutoConfigurations.of(A55MetricsAutoConfiguration.class))
			.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.run((context) -> {
				assertThat(call(context).block()).isEqualTo(HttpStatusCode.valueOf(200));
				TestA55.stub(server, "second");
				server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*"))
					.withHeader("Authorization", WireMock.equalTo("Bearer first"))
					.willReturn(WireMock.unauthorized()));
				for (int i = 0; i < 5; i++) {
					assertThat(call(context).block()).isEqualTo(HttpStatusCode.valueOf(200));
				}
				server.verify(2, TestA55.TOKEN_REQUEST);
				server.verify(7, WireMock.anyRequestedFor(WireMock.urlPathMatching("/api/.*")));
				MeterRegistry meters = context.getBean(MeterRegistry.class);
				assertThat(meters.get("a55.token.fetches").tag("outcome", "success").functionCounter().count())
					.isEqualTo(2);
				assertThat(meters.get("a55.token.fetches").tag("outcome", "failure").functionCounter().count())
					.isZero();
				assertThat(meters.get("a55.token.fetch.duration").functionTimer().count()).isEqualTo(2);
				assertThat(meters.get("a55.token.evictions").functionCounter().count()).isEqualTo(1);
				assertThat(meters.get("a55.token.replays").functionCounter().count()).isEqualTo(1);
				assertThat(meters.get("a55.token.remaining").timeGauge().value(TimeUnit.SECONDS)).isBetween(3000.0,
						3600.0);
			});
	}

	@Test
	void thereAreNoMetersWithoutARegistry() {
		this.contextRunner.withConfiguration(AutoConfigurations.of(A55MetricsAutoConfiguration.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean("a55AccessTokenMetrics")
				.doesNotHaveBean("a55ExchangeMetrics"));
	}

	private static Mono<HttpStatusCode> call(ApplicationContext context) {
		return context.getBean(WebClient.class)
			.get()
			.uri("wallet")
			.exchangeToMono((response) -> response.releaseBody().thenReturn(response))
			.map(ClientResponse::statusCode);
	}

	/**
	 * Return the live threads, without those of the server, and of Reactor and Reactor
	 * Netty, which the whole JVM shares.
	 */
	private static Set<Thread> threads() {
		Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
		threads.removeIf(
				(thread) -> thread.getName().startsWith("parallel-") || thread.getName().startsWith("reactor-http")
						|| thread.getName().startsWith("qtp") || thread.getName().startsWith("awaitility"));
		return threads;
	}

}
