package tech.a55.spring.boot.connector;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

import javax.net.ssl.SSLException;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientException;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link HttpConnectors}: each connector does as its settings say.
 */
class HttpConnectorsSettingsTests {

	private static final Duration SHORT = Duration.ofMillis(50);

	private static FullServer full;

	private static WireMockServer https;

	@BeforeAll
	static void start() throws Exception {
		full = new FullServer();
		https = TestCertificates.startServer(new OpenConnections());
		https.stubFor(WireMock.get("/wallet").willReturn(WireMock.ok("ok")));
	}

	@AfterAll
	static void stop() throws IOException {
		https.stop();
		full.close();
	}

	@ParameterizedTest
	@EnumSource
	void responseIsNotAwaitedLongerThanTheReadTimeout(Connector connector) throws IOException {
		try (StallingServer api = new StallingServer("")) {
			forEachClient(connector, TestConnectors.SETTINGS.withReadTimeout(SHORT),
					(client) -> assertThatExceptionOfType(WebClientRequestException.class)
						.isThrownBy(() -> TestConnectors.body(client.get().uri(api.url() + "stalled"))));
		}
	}

	@ParameterizedTest
	@EnumSource
	void restOfAResponseIsNotAwaitedLongerThanTheReadTimeout(Connector connector) throws IOException {
		try (StallingServer api = new StallingServer(StallingServer.BEGINNING_OF_BODY)) {
			Duration readTimeout = SHORT;
			while (!endsInMidResponse(connector, readTimeout, api)) {
				// The machine was too busy for the beginning
				readTimeout = readTimeout.multipliedBy(2);
				assertThat(readTimeout).isLessThan(TestConnectors.PATIENCE);
			}
		}
	}

	private static boolean endsInMidResponse(Connector connector, Duration readTimeout, StallingServer api) {
		HttpConnectors connectors = new HttpConnectors(TestConnectors.builder(connector),
				TestConnectors.SETTINGS.withReadTimeout(readTimeout));
		try {
			WebClient client = TestConnectors.client(connectors.connector(), api.url());
			TestConnectors.body(client.get().uri("stalled"));
			throw new AssertionError("The response has no end");
		}
		catch (WebClientException ex) {
			return ex instanceof WebClientResponseException;
		}
		finally {
			connectors.destroy();
		}
	}

	@ParameterizedTest
	@EnumSource
	void connectionIsNotAwaitedLongerThanTheConnectTimeout(Connector connector) {
		forEachClient(connector, TestConnectors.SETTINGS.withConnectTimeout(SHORT),
				(client) -> assertThatExceptionOfType(WebClientRequestException.class)
					.isThrownBy(() -> TestConnectors.body(client.get().uri(full.url()))));
	}

	@ParameterizedTest
	@EnumSource
	void certificateInTheBundleIsTrusted(Connector connector) throws Exception {
		forEachClient(connector, TestConnectors.SETTINGS.withSslBundle(TestCertificates.trusting()),
				(client) -> assertThat(TestConnectors.body(client.get().uri(TestCertificates.url(https, "/wallet"))))
					.isEqualTo("ok"));
	}

	@ParameterizedTest
	@EnumSource
	void certificateThatTheBundleDoesNotKnowIsRefused(Connector connector) throws Exception {
		forEachClient(connector, TestConnectors.SETTINGS.withSslBundle(TestCertificates.trustingAnother()),
				(client) -> assertIsRefused(client, TestCertificates.url(https, "/wallet"),
						"unable to find valid certification path"));
	}

	@ParameterizedTest
	@EnumSource
	void certificateOfAnotherHostIsRefused(Connector connector) throws Exception {
		forEachClient(connector, TestConnectors.SETTINGS.withSslBundle(TestCertificates.trusting()),
				(client) -> assertIsRefused(client, TestCertificates.urlOfAnotherHost(https, "/wallet"),
						"subject alternative"));
	}

	private static void assertIsRefused(WebClient client, String url, String reason) {
		https.resetRequests();
		assertThatExceptionOfType(WebClientRequestException.class)
			.isThrownBy(() -> TestConnectors.body(client.get().uri(url)))
			.withCauseInstanceOf(SSLException.class)
			.withStackTraceContaining(reason);
		https.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	/**
	 * Run the test with the connector of the client, with that of the token requests,
	 * whose read timeout is at least a second, and with another one that has settings of
	 * its own.
	 */
	private static void forEachClient(Connector connector, HttpClientSettings settings, Consumer<WebClient> test) {
		HttpConnectors own = new HttpConnectors(TestConnectors.builder(connector), settings);
		HttpConnectors other = new HttpConnectors(TestConnectors.builder(connector), TestConnectors.SETTINGS);
		try {
			Stream
				.of(own.connector(), own.separateConnector(Objects.requireNonNull(settings.readTimeout())),
						other.connector(settings))
				.map((built) -> TestConnectors.client(built, ""))
				.forEach(test);
		}
		finally {
			own.destroy();
			other.destroy();
		}
	}

}
