package tech.a55.spring.boot.connector;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;

import org.apache.hc.core5.http.HttpHost;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.eclipse.jetty.client.HttpProxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.transport.ProxyProvider;

import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of what a failure to connect says.
 */
class ConnectionFailureTests {

	@ParameterizedTest
	@EnumSource
	void namesTheHostThatDoesNotResolve(Connector connector) {
		assertThatCallFails(TestConnectors.builder(connector), "https://api.invalid/", "api.invalid");
	}

	@ParameterizedTest
	@EnumSource
	void namesTheProxyThatDoesNotResolve(Connector connector) {
		ClientHttpConnectorBuilder<?> builder = switch (connector) {
			case REACTOR -> ClientHttpConnectorBuilder.reactor()
				.withHttpClientCustomizer((client) -> client
					.proxy((proxy) -> proxy.type(ProxyProvider.Proxy.HTTP).host("proxy.invalid").port(3128)));
			case JDK -> ClientHttpConnectorBuilder.jdk()
				.withHttpClientCustomizer((client) -> client
					.proxy(ProxySelector.of(InetSocketAddress.createUnresolved("proxy.invalid", 3128))));
			case JETTY -> ClientHttpConnectorBuilder.jetty()
				.withHttpClientCustomizer(
						(client) -> client.getProxyConfiguration().addProxy(new HttpProxy("proxy.invalid", 3128)));
			case HTTP_COMPONENTS -> ClientHttpConnectorBuilder.httpComponents()
				.withHttpClientCustomizer((client) -> client.setProxy(new HttpHost("proxy.invalid", 3128)));
		};
		assertThatCallFails(builder, "https://127.0.0.1:9/", "proxy.invalid");
	}

	private static void assertThatCallFails(ClientHttpConnectorBuilder<?> builder, String url, String message) {
		HttpConnectors connectors = new HttpConnectors(builder, TestConnectors.SETTINGS);
		try {
			WebClient client = TestConnectors.client(connectors.connector(), url);
			assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> TestConnectors.body(client.get()))
				.withMessageContaining(message);
		}
		finally {
			connectors.destroy();
		}
	}

	@Test
	void namesThePoolOfReactorNettyThatIsFull() throws IOException {
		ConnectionProvider connections = ConnectionProvider.builder("test")
			.maxConnections(1)
			.pendingAcquireMaxCount(1)
			.build();
		assertThatPoolIsFull(
				ClientHttpConnectorBuilder.reactor().withHttpClientFactory(() -> HttpClient.create(connections)));
		connections.disposeLater().block(TestConnectors.PATIENCE);
	}

	@Test
	void namesThePoolOfJettyThatIsFull() throws IOException {
		assertThatPoolIsFull(ClientHttpConnectorBuilder.jetty().withHttpClientCustomizer((client) -> {
			client.setMaxConnectionsPerDestination(1);
			client.setMaxRequestsQueuedPerDestination(1);
		}));
	}

	/**
	 * One call has the connection, and another waits for it.
	 */
	private static void assertThatPoolIsFull(ClientHttpConnectorBuilder<?> builder) throws IOException {
		HttpConnectors connectors = new HttpConnectors(builder, TestConnectors.SETTINGS);
		try (StallingServer api = new StallingServer("")) {
			WebClient client = TestConnectors.client(connectors.connector(), api.url());
			ThrowingCallable calls = () -> Flux.range(0, 3)
				.flatMap((i) -> client.get().uri("stalled").retrieve().toBodilessEntity())
				.blockLast(TestConnectors.PATIENCE);
			assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(calls)
				.withMessageStartingWith("The connection pool of the A55 client is full: all 1 connections")
				.withCauseInstanceOf(IllegalStateException.class);
		}
		finally {
			connectors.destroy();
		}
	}

}
