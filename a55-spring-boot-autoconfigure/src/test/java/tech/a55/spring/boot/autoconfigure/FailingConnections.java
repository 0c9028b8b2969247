package tech.a55.spring.boot.autoconfigure;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.function.Function;

import org.awaitility.Awaitility;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import tech.a55.spring.boot.client.TestExchange;
import tech.a55.spring.boot.connector.HttpConnectors;
import tech.a55.spring.boot.connector.StallingServer;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Connections that fail in ways that the README has a message for.
 */
final class FailingConnections {

	private FailingConnections() {
	}

	static String connectToNobody() throws IOException {
		HttpConnectors connectors = new HttpConnectors(ClientHttpConnectorBuilder.reactor(),
				HttpClientSettings.defaults().withConnectTimeout(Duration.ofMillis(50)));
		WebClient client = WebClient.builder().clientConnector(connectors.connector()).build();
		try (ServerSocket api = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return ReadmeMessagesTests.messageOf(() -> client.get()
				.uri("https://localhost:" + api.getLocalPort() + "/")
				.retrieve()
				.toBodilessEntity()
				.block(ReadmeMessagesTests.ENOUGH));
		}
	}

	static void useAFullPool() throws IOException {
		ConnectionProvider connections = ConnectionProvider.builder("test")
			.maxConnections(1)
			.pendingAcquireMaxCount(1)
			.build();
		try (StallingServer api = new StallingServer("")) {
			ClientHttpConnector connector = new HttpConnectors(
					ClientHttpConnectorBuilder.reactor().withHttpClientFactory(() -> HttpClient.create(connections)),
					HttpClientSettings.defaults())
				.connector();
			WebClient client = WebClient.builder().clientConnector(connector).baseUrl(api.url()).build();
			Flux.range(0, 3)
				.flatMap((i) -> client.get().uri("stalled").retrieve().toBodilessEntity())
				.blockLast(ReadmeMessagesTests.ENOUGH);
		}
		finally {
			connections.dispose();
		}
	}

	static void breakOff() throws IOException {
		ExchangeFunction breakingOff = (request) -> Mono
			.just(ClientResponse.create(HttpStatus.OK).body(Flux.error(new EOFException())).build());
		try (ClientHttpResponse response = TestExchange.requestFactory(breakingOff)
			.createRequest(URI.create("/x"), HttpMethod.GET)
			.execute()) {
			response.getBody().read();
		}
	}

	/**
	 * On a busy machine the headers may be late too, which gives another message.
	 */
	static String stall() throws IOException {
		HttpConnectors connectors = new HttpConnectors(ClientHttpConnectorBuilder.jdk(),
				HttpClientSettings.defaults().withReadTimeout(Duration.ofMillis(300)));
		WebClient client = WebClient.builder().clientConnector(connectors.connector()).build();
		try (StallingServer api = new StallingServer(StallingServer.BEGINNING_OF_BODY)) {
			return Awaitility.await()
				.atMost(ReadmeMessagesTests.ENOUGH)
				.until(() -> ReadmeMessagesTests.messageOf(
						() -> client.get().uri(api.url() + "stalled").retrieve().bodyToMono(String.class).block()),
						(message) -> message.contains("stalled"));
		}
	}

	static void close() {
		new HttpConnectors((settings) -> new ConnectorThatCannotBeClosed(), HttpClientSettings.defaults()).destroy();
	}

	private static final class ConnectorThatCannotBeClosed implements ClientHttpConnector, Closeable {

		@Override
		public Mono<org.springframework.http.client.reactive.ClientHttpResponse> connect(HttpMethod method, URI uri,
				Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
			return Mono.never();
		}

		@Override
		public void close() throws IOException {
			throw new IOException("Not now");
		}

	}

}
