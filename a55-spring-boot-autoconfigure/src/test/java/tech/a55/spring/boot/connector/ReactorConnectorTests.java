package tech.a55.spring.boot.connector;

import java.io.IOException;
import java.time.Duration;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ReactorConnector}.
 */
class ReactorConnectorTests {

	private final ConnectionProvider ownConnections = ConnectionProvider.create("own", 1);

	private final ReactorClientHttpConnectorBuilder builder = ClientHttpConnectorBuilder.reactor()
		.withHttpClientFactory(() -> HttpClient.create(this.ownConnections));

	@AfterEach
	void disposeConnections() {
		this.ownConnections.disposeLater().block(TestConnectors.PATIENCE);
	}

	@Test
	void connectionsOfTheApplicationAreUsedWithABundleAndLeftToIt() throws Exception {
		OpenConnections connections = new OpenConnections();
		WireMockServer https = TestCertificates.startServer(connections);
		try {
			https.stubFor(WireMock.get("/wallet").willReturn(WireMock.ok("ok")));
			HttpConnectors connectors = new HttpConnectors(this.builder,
					TestConnectors.SETTINGS.withSslBundle(TestCertificates.trusting()));
			WebClient client = TestConnectors.client(connectors.connector(), TestCertificates.url(https, "/"));
			assertThat(TestConnectors.body(client.get().uri("wallet"))).isEqualTo("ok");
			connectors.destroy();
			assertThat(TestConnectors.body(client.get().uri("wallet"))).isEqualTo("ok");
			assertThat(connections.opened()).isOne();
			disposeConnections();
			TestConnectors.eventually().untilAsserted(() -> assertThat(connections.open()).isZero());
		}
		finally {
			https.stop();
		}
	}

	@Test
	void separateConnectorDoesNotWaitForTheConnectionsOfTheOther() throws IOException {
		try (StallingServer api = new StallingServer("")) {
			HttpConnectors connectors = new HttpConnectors(this.builder, TestConnectors.SETTINGS);
			WebClient client = TestConnectors.client(connectors.connector(), api.url());
			Disposable stalled = client.get().uri("stalled").retrieve().toBodilessEntity().subscribe();
			TestConnectors.eventually().until(() -> api.stalling() == 1);
			WebClient separate = TestConnectors.client(connectors.separateConnector(TestConnectors.PATIENCE),
					api.url());
			assertThat(TestConnectors.body(separate.get().uri("fast"))).isEqualTo("ok");
			stalled.dispose();
		}
	}

	@Test
	void separateConnectorKeepsNoConnection() throws Exception {
		OpenConnections connections = new OpenConnections();
		WireMockServer https = TestCertificates.startServer(connections);
		try {
			https.stubFor(WireMock.get("/token").willReturn(WireMock.ok("ok")));
			HttpConnectors connectors = new HttpConnectors(this.builder,
					TestConnectors.SETTINGS.withSslBundle(TestCertificates.trusting()));
			WebClient separate = TestConnectors.client(connectors.separateConnector(TestConnectors.PATIENCE),
					TestCertificates.url(https, "/"));
			assertThat(TestConnectors.body(separate.get().uri("token"))).isEqualTo("ok");
			TestConnectors.eventually().untilAsserted(() -> assertThat(connections.open()).isZero());
		}
		finally {
			https.stop();
		}
	}

	@Test
	void connectionThatWasIdleForTooLongIsNotUsedAgain() throws Exception {
		ConnectionProvider connections = ReactorConnector.connections(Duration.ofMillis(1), null);
		OpenConnections opened = new OpenConnections();
		WireMockServer https = TestCertificates.startServer(opened);
		try {
			https.stubFor(WireMock.get("/wallet").willReturn(WireMock.ok("ok")));
			HttpConnectors connectors = new HttpConnectors(
					ClientHttpConnectorBuilder.reactor().withHttpClientFactory(() -> HttpClient.create(connections)),
					TestConnectors.SETTINGS.withSslBundle(TestCertificates.trusting()));
			WebClient client = TestConnectors.client(connectors.connector(), TestCertificates.url(https, "/"));
			TestConnectors.eventually().untilAsserted(() -> {
				assertThat(TestConnectors.body(client.get().uri("wallet"))).isEqualTo("ok");
				assertThat(opened.opened()).isGreaterThan(1);
			});
		}
		finally {
			https.stop();
			connections.disposeLater().block(TestConnectors.PATIENCE);
		}
	}

	/**
	 * There is a time-out of Reactor Netty's own, too.
	 */
	@Test
	void failureToConnectNamesTheConnectTimeoutOfTheSettings() throws IOException {
		try (FullServer full = new FullServer()) {
			HttpConnectors connectors = new HttpConnectors(ClientHttpConnectorBuilder.reactor(),
					TestConnectors.SETTINGS.withConnectTimeout(Duration.ofMillis(51)));
			WebClient client = TestConnectors.client(connectors.connector(), full.url());
			assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> TestConnectors.body(client.get().uri("wallet")))
				.withMessageContaining("51 ms");
		}
	}

}
