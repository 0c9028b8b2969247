package tech.a55.spring.boot.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.a55.spring.boot.connector.OpenConnections;
import tech.a55.spring.boot.connector.SocketServer;
import tech.a55.spring.boot.connector.StallingServer;
import tech.a55.spring.boot.connector.TestConnectors;

import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.http.HttpStatus;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link ExchangeClientHttpResponse}.
 */
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class ExchangeClientHttpResponseTests {

	private static final String LARGE_BODY = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";

	@Test
	void anErrorOfTheApiIsAnExceptionWithItsBody() throws IOException {
		try (Api api = new Api("HTTP/1.1 404 Gone\r\nContent-Length: 16\r\n\r\n{\"error\":\"gone\"}", true);
				TestClients clients = TestClients.of(Connector.REACTOR, api.url())) {
			assertThatExceptionOfType(HttpClientErrorException.NotFound.class)
				.isThrownBy(() -> get(clients.restClient(), "x"))
				.satisfies((ex) -> assertThat(ex.getResponseBodyAsString()).isEqualTo("{\"error\":\"gone\"}"))
				.satisfies((ex) -> assertThat(ex.getStatusText()).isEqualTo("Not Found"));
		}
	}

	@ParameterizedTest
	@EnumSource
	void aResponseThatBreaksOffIsAnError(Connector connector) throws IOException {
		for (String start : List.of("Content-Length: 1000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
				"Transfer-Encoding: chunked\r\n\r\n100\r\nabc")) {
			try (Api api = new Api("HTTP/1.1 200 OK\r\n" + start, false);
					TestClients clients = TestClients.of(connector, api.url())) {
				assertThatExceptionOfType(RestClientException.class).isThrownBy(() -> get(clients.restClient(), "x"))
					.withCauseInstanceOf(IOException.class);
			}
		}
	}

	@ParameterizedTest
	@EnumSource
	void aResponseThatStallsIsNotAwaitedLongerThanTheReadTimeout(Connector connector) throws IOException {
		try (StallingServer api = new StallingServer(StallingServer.BEGINNING_OF_BODY)) {
			Duration readTimeout = Duration.ofMillis(50);
			while (!endsInMidResponse(connector, readTimeout, api)) {
				// The machine was too busy for the beginning
				readTimeout = readTimeout.multipliedBy(2);
				assertThat(readTimeout).isLessThan(TestConnectors.PATIENCE);
			}
		}
	}

	private static boolean endsInMidResponse(Connector connector, Duration readTimeout, StallingServer api) {
		try (TestClients clients = TestClients.of(connector, api.url(),
				TestConnectors.SETTINGS.withReadTimeout(readTimeout))) {
			RestClient client = clients.restClient();
			// Fails where the beginning does not come in time
			assertThat(client.get().uri("stalled").retrieve().toBodilessEntity().getStatusCode())
				.isEqualTo(HttpStatus.OK);
			CountDownLatch begun = new CountDownLatch(1);
			assertThatExceptionOfType(RestClientException.class)
				.isThrownBy(() -> client.get().uri("stalled").exchange((request, response) -> {
					begun.countDown();
					return String.valueOf(response.bodyTo(String.class));
				}))
				.withCauseInstanceOf(IOException.class);
			return begun.getCount() == 0;
		}
		catch (ResourceAccessException ex) {
			return false;
		}
	}

	/**
	 * There is no end of the response, and what has come is too much to be read when it
	 * is closed.
	 */
	@ParameterizedTest
	@EnumSource
	void responsesAreStreamed(Connector connector) throws IOException {
		try (Api api = new Api(LARGE_BODY + "a".repeat(70_000), true);
				TestClients clients = TestClients.of(connector, api.url())) {
			Integer first = clients.restClient()
				.get()
				.uri("x")
				.exchange((request, response) -> response.getBody().read());
			assertThat(first).isEqualTo('a');
		}
	}

	@Test
	void anInterruptEndsTheReadingOfAResponse() throws Exception {
		try (Api api = new Api(LARGE_BODY + "a", true);
				TestClients clients = TestClients.of(Connector.REACTOR, api.url())) {
			CountDownLatch reading = new CountDownLatch(1);
			FutureTask<@Nullable Integer> call = new FutureTask<>(
					() -> clients.restClient().get().uri("x").exchange((request, response) -> {
						response.getBody().read();
						reading.countDown();
						return response.getBody().read();
					}));
			Thread thread = new Thread(call);
			thread.start();
			assertThat(reading.await(TestConnectors.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
			thread.interrupt();
			assertThatExceptionOfType(ExecutionException.class)
				.isThrownBy(() -> call.get(TestConnectors.PATIENCE.toSeconds(), TimeUnit.SECONDS))
				.havingRootCause()
				.isInstanceOf(InterruptedException.class);
		}
	}

	/**
	 * Reactor Netty passes the end of a response on before its connection is free, so the
	 * next request may miss it.
	 */
	@ParameterizedTest
	@EnumSource
	void connectionsAreUsedAgainWhoeverReadsTheResponse(Connector connector) {
		assertUsesConnectionsAgain(connector, (client) -> client.get().uri("x").retrieve().toBodilessEntity());
		assertUsesConnectionsAgain(connector,
				(client) -> client.get().uri("x").exchange((request, response) -> response.getStatusCode()));
		assertUsesConnectionsAgain(connector, (client) -> assertThatIllegalArgumentException()
			.isThrownBy(() -> client.get().uri("x").exchange((request, response) -> {
				throw new IllegalArgumentException();
			})));
	}

	private static void assertUsesConnectionsAgain(Connector connector, Consumer<RestClient> call) {
		OpenConnections connections = new OpenConnections();
		WireMockServer api = new WireMockServer(
				WireMockConfiguration.options().dynamicPort().networkTrafficListener(connections));
		api.start();
		// The end comes when the caller has the beginning and closes the response
		api.stubFor(WireMock.get("/x").willReturn(WireMock.ok("x".repeat(10_000)).withChunkedDribbleDelay(3, 30)));
		try (TestClients clients = TestClients.of(connector, api.baseUrl())) {
			RestClient client = clients.restClient();
			AtomicInteger calls = new AtomicInteger();
			TestConnectors.eventually().until(() -> {
				call.accept(client);
				return calls.incrementAndGet() > connections.opened();
			});
		}
		finally {
			api.stop();
		}
	}

	private static @Nullable String get(RestClient client, String uri) {
		return client.get().uri(uri).retrieve().body(String.class);
	}

	/**
	 * Sends the same response to each request, and then waits for the next request or
	 * closes the connection.
	 */
	private static final class Api extends SocketServer {

		private final String response;

		private final boolean keepsAlive;

		Api(String response, boolean keepsAlive) throws IOException {
			this.response = response;
			this.keepsAlive = keepsAlive;
		}

		@Override
		public void serve(Socket connection, BufferedReader in) throws IOException {
			boolean more = true;
			for (String line = in.readLine(); more && line != null; line = more ? in.readLine() : null) {
				while (!line.isEmpty()) {
					line = in.readLine();
				}
				send(connection, this.response);
				more = this.keepsAlive;
			}
		}

	}

}
