package tech.a55.spring.boot.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import tech.a55.spring.boot.connector.SocketServer;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for calls that queue for a connection, on real sockets. The tokens are as old as
 * the test says, and the server holds its responses until the test lets them go.
 */
class QueuedCallsTests {

	private static final int CALLS = 2000;

	private static final int CONNECTIONS = 50;

	private final TestConnections pool = new TestConnections(CONNECTIONS);

	private final Queue<@Nullable String> received = new ConcurrentLinkedQueue<>();

	private final CountDownLatch responses = new CountDownLatch(1);

	private final SocketServer server = new RecordingServer();

	private final AtomicInteger fetches = new AtomicInteger();

	private volatile Duration time = Duration.ZERO;

	private final AccessTokenCache accessTokens = TokenSimulation.cache(
			(request) -> TokenSimulation.token("token-" + this.fetches.incrementAndGet(), Duration.ofHours(1)),
			() -> this.time);

	QueuedCallsTests() throws IOException {
	}

	@AfterEach
	void close() throws IOException {
		this.pool.close();
		this.server.close();
	}

	@Test
	@DisplayName("Row 27: 2,000 calls queue for connections over the end of the token's life")
	void noCallGoesOutWithATokenThatExpiredWhileItQueued() {
		WebClient client = client();
		this.accessTokens.obtain().block();
		Mono<Long> calls = Flux.range(0, CALLS)
			.flatMap((i) -> client.get().uri("x").retrieve().toBodilessEntity(), CALLS)
			.count()
			.cache();
		calls.subscribe();
		await().untilAsserted(() -> assertThat(this.received).hasSize(CONNECTIONS));
		await().untilAsserted(() -> assertThat(this.pool.pending()).isEqualTo(CALLS - CONNECTIONS));
		this.time = Duration.ofHours(1);
		this.responses.countDown();
		assertThat(calls.block()).isEqualTo(CALLS);
		assertThat(this.received).hasSize(CALLS);
		assertThat(this.received.stream().limit(CONNECTIONS)).containsOnly("Bearer token-1");
		assertThat(this.received.stream().skip(CONNECTIONS)).containsOnly("Bearer token-2");
		assertThat(this.fetches).hasValue(2);
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofMinutes(5));
	}

	private WebClient client() {
		URI baseUrl = URI.create(this.server.url());
		return WebClient.builder()
			.clientConnector(new ReactorClientHttpConnector(HttpClient.create(this.pool.provider())))
			.baseUrl(baseUrl.toString())
			.filter(new BearerTokenExchangeFilterFunction(this.accessTokens, Origin.of(baseUrl),
					new RetryPolicy(1, Duration.ofSeconds(1), false), new ExchangeStatistics()))
			.build();
	}

	/**
	 * Notes the token of each request, and responds when the test says so.
	 */
	private final class RecordingServer extends SocketServer {

		RecordingServer() throws IOException {
		}

		@Override
		public void serve(Socket connection, BufferedReader in) throws IOException {
			for (String line = in.readLine(); line != null; line = in.readLine()) {
				if (line.regionMatches(true, 0, "authorization: ", 0, 15)) {
					QueuedCallsTests.this.received.add(line.substring(15));
				}
				else if (line.isEmpty()) {
					awaitResponses();
					send(connection, OK);
				}
			}
		}

		private void awaitResponses() throws IOException {
			try {
				QueuedCallsTests.this.responses.await();
			}
			catch (InterruptedException ex) {
				throw new InterruptedIOException();
			}
		}

	}

}
