package tech.a55.spring.boot.connector;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.hc.client5.http.config.ConnectionConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HttpComponentsConnector}.
 */
class HttpComponentsConnectorTests {

	private final HttpConnectors connectors = new HttpConnectors(TestConnectors.builder(Connector.HTTP_COMPONENTS),
			TestConnectors.SETTINGS);

	@AfterEach
	void close() {
		this.connectors.destroy();
	}

	@ParameterizedTest
	@ValueSource(strings = { SocketServer.OK, "HTTP/1.1 204 No Content\r\n\r\n",
			"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
			"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" })
	void connectionIsFreeWhenTheCallerHasTheResponse(String response) throws IOException {
		try (CountingServer api = new CountingServer(response)) {
			WebClient client = TestConnectors.client(this.connectors.connector(), api.url());
			for (int i = 0; i < 100; i++) {
				TestConnectors.exchange(client.get().uri("wallet"));
				TestConnectors.exchange(client.post().uri("charge").bodyValue("{}"));
			}
			assertThat(api.accepted()).isOne();
		}
	}

	@Test
	void connectionsAreIdleForAtMost30Seconds() {
		List<ConnectionConfig.Builder> configs = new ArrayList<>();
		new HttpConnectors(ClientHttpConnectorBuilder.httpComponents().withConnectionConfigCustomizer(configs::add),
				TestConnectors.SETTINGS)
			.destroy();
		assertThat(configs).hasSize(1)
			.allMatch((config) -> config.build().getIdleTimeout().toDuration().equals(Duration.ofSeconds(30)));
	}

	@Test
	void responseThatComesBeforeTheEndOfTheRequestIsPassedOn() throws IOException {
		try (CountingServer api = new CountingServer("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")) {
			WebClient client = TestConnectors.client(this.connectors.connector(), api.url());
			assertThat(TestConnectors
				.exchange(client.post().uri("charge").body(Flux.just("{}").concatWith(Flux.never()), String.class)))
				.isEqualTo("404 no");
		}
	}

	/**
	 * Counts its connections and sends the same response to each request as soon as it
	 * has read the headers. Bodies must be {} or without end.
	 */
	private static final class CountingServer extends SocketServer {

		private final AtomicInteger accepted = new AtomicInteger();

		private final String response;

		CountingServer(String response) throws IOException {
			this.response = response;
		}

		int accepted() {
			return this.accepted.get();
		}

		@Override
		public void serve(Socket connection, BufferedReader in) throws IOException {
			this.accepted.incrementAndGet();
			for (String line = in.readLine(); line != null; line = in.readLine()) {
				boolean body = line.startsWith("POST");
				boolean chunked = false;
				while (!line.isEmpty()) {
					line = in.readLine();
					chunked |= line.equalsIgnoreCase("Transfer-Encoding: chunked");
				}
				if (body && !chunked) {
					in.read();
					in.read();
				}
				send(connection, this.response);
			}
		}

	}

}
