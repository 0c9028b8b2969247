package tech.a55.spring.boot.connector;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpCookieHandling;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link HttpConnectors}: what a connector must not do, whichever library it is
 * of and whatever the application has switched on.
 */
class HttpConnectorsTests {

	private static final HttpClientSettings SETTINGS = TestConnectors.SETTINGS.withRedirects(HttpRedirects.FOLLOW)
		.withCookieHandling(HttpCookieHandling.ENABLE_WHEN_POSSIBLE);

	@RegisterExtension
	static final WireMockExtension server = server();

	@RegisterExtension
	static final WireMockExtension otherServer = server();

	@ParameterizedTest
	@MethodSource("connectorsPlainAndCustomized")
	void noRedirectIsFollowed(Connector connector, boolean customized) {
		int[] statuses = { 301, 302, 303, 307, 308 };
		for (int status : statuses) {
			server.stubFor(WireMock.any(WireMock.urlPathEqualTo("/" + status))
				.willReturn(WireMock.status(status).withHeader("Location", otherServer.url("/elsewhere"))));
		}
		forEachClient(connector, customized, (client) -> {
			for (int status : statuses) {
				String expected = String.valueOf(status);
				assertThat(TestConnectors.exchange(client.get().uri("/" + status))).isEqualTo(expected);
				assertThat(TestConnectors.exchange(client.post().uri("/" + status).bodyValue("{}")))
					.isEqualTo(expected);
			}
		});
		otherServer.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	@ParameterizedTest
	@MethodSource("connectorsPlainAndCustomized")
	void noCookieIsKept(Connector connector, boolean customized) {
		server.stubFor(WireMock.get("/").willReturn(WireMock.ok("ok").withHeader("Set-Cookie", "sid=1; Path=/")));
		forEachClient(connector, customized, (client) -> {
			server.resetRequests();
			TestConnectors.body(client.get().uri("/"));
			TestConnectors.body(client.get().uri("/"));
			server.verify(2, WireMock.getRequestedFor(WireMock.urlEqualTo("/")).withoutHeader("Cookie"));
		});
	}

	@ParameterizedTest
	@MethodSource("connectorsPlainAndCustomized")
	void postIsSentOnceIfItsConnectionBreaksOff(Connector connector, boolean customized) throws IOException {
		for (boolean reset : new boolean[] { true, false }) {
			for (boolean body : new boolean[] { true, false }) {
				try (BreakingServer breaking = new BreakingServer(reset)) {
					HttpConnectors connectors = connectors(connector, customized);
					try {
						assertPostIsSentOnce(TestConnectors.client(
								connectors.separateConnector(TestConnectors.PATIENCE), breaking.url()), breaking, body);
						WebClient client = TestConnectors.client(connectors.connector(), breaking.url());
						TestConnectors.eventually().untilAsserted(() -> {
							assertPostIsSentOnce(client, breaking, body);
							assertThat(TestConnectors.body(client.get().uri("wallet"))).isEqualTo("ok");
							assertThat(breaking.requests()).contains("POST on kept-alive connection");
						});
					}
					finally {
						connectors.destroy();
					}
				}
			}
		}
	}

	private static void assertPostIsSentOnce(WebClient client, BreakingServer server, boolean body) {
		long before = posts(server);
		WebClient.RequestBodySpec charge = client.post().uri("charge");
		assertThatExceptionOfType(WebClientRequestException.class)
			.isThrownBy(() -> TestConnectors.body(body ? charge.bodyValue("{}") : charge));
		assertThat(posts(server)).isEqualTo(before + 1);
	}

	private static long posts(BreakingServer server) {
		return server.requests().stream().filter((request) -> request.startsWith("POST")).count();
	}

	@ParameterizedTest
	@MethodSource("connectorsPlainAndCustomized")
	void postIsSentOnceIfTheResponseAsksToTryAgain(Connector connector, boolean customized) {
		server
			.stubFor(WireMock.post("/charge").willReturn(WireMock.serviceUnavailable().withHeader("Retry-After", "0")));
		forEachClient(connector, customized, (client) -> {
			server.resetRequests();
			assertThat(TestConnectors.exchange(client.post().uri("/charge"))).isEqualTo("503");
			server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo("/charge")));
		});
	}

	/**
	 * RFC 9110 wants a challenge, but gateways forget it.
	 */
	@ParameterizedTest
	@EnumSource
	void refusalComesWithItsBodyWithAndWithoutAChallenge(Connector connector) {
		server.stubFor(WireMock.get("/bare").willReturn(WireMock.unauthorized().withBody("refused")));
		server.stubFor(WireMock.get("/challenge")
			.willReturn(WireMock.unauthorized()
				.withHeader("WWW-Authenticate", "Bearer error=\"invalid_token\"")
				.withBody("refused")));
		forEachClient(connector, false, (client) -> {
			assertThat(TestConnectors.exchange(client.get().uri("/bare"))).isEqualTo("401 refused");
			assertThat(TestConnectors.exchange(client.get().uri("/challenge"))).isEqualTo("401 refused");
		});
	}

	@ParameterizedTest
	@EnumSource
	void theSameSettingsGetTheSameConnector(Connector connector) {
		HttpConnectors connectors = connectors(connector, false);
		try {
			assertThat(connectors.connector(connectors.settings())).isSameAs(connectors.connector());
			assertThat(connectors.connector(SETTINGS.withReadTimeout(Duration.ofSeconds(7))))
				.isNotSameAs(connectors.connector());
			assertThat(connectors.separateConnector(TestConnectors.PATIENCE)).isNotSameAs(connectors.connector());
		}
		finally {
			connectors.destroy();
		}
	}

	@Test
	void connectorOfAnotherLibraryIsRestrictedBySettingsAndClosed() {
		AtomicBoolean closed = new AtomicBoolean();
		HttpConnectors connectors = new HttpConnectors((nullable) -> {
			HttpClientSettings settings = Objects.requireNonNull(nullable);
			assertThat(settings.redirects()).isEqualTo(HttpRedirects.DONT_FOLLOW);
			assertThat(settings.cookieHandling()).isEqualTo(HttpCookieHandling.DISABLE);
			assertThat(settings.readTimeout()).isEqualTo(SETTINGS.readTimeout());
			return new OtherConnector(closed);
		}, SETTINGS);
		assertThat(connectors.connector()).isInstanceOf(OtherConnector.class);
		assertThat(closed).isFalse();
		connectors.destroy();
		assertThat(closed).isTrue();
	}

	static Stream<Arguments> connectorsPlainAndCustomized() {
		return Stream.of(Connector.values())
			.flatMap((connector) -> Stream.of(false, true).map((customized) -> Arguments.of(connector, customized)));
	}

	/**
	 * Run the test with the connector of the client and with that of the token requests.
	 */
	private static void forEachClient(Connector connector, boolean customized, Consumer<WebClient> test) {
		HttpConnectors connectors = connectors(connector, customized);
		try {
			test.accept(TestConnectors.client(connectors.connector(), server.baseUrl()));
			test.accept(TestConnectors.client(connectors.separateConnector(TestConnectors.PATIENCE), server.baseUrl()));
		}
		finally {
			connectors.destroy();
		}
	}

	private static HttpConnectors connectors(Connector connector, boolean customized) {
		ClientHttpConnectorBuilder<?> builder = customized ? CustomizedBuilders.builder(connector)
				: TestConnectors.builder(connector);
		return new HttpConnectors(builder, SETTINGS);
	}

	private static WireMockExtension server() {
		return WireMockExtension.newInstance().options(WireMockConfiguration.options().dynamicPort()).build();
	}

	private static final class OtherConnector implements ClientHttpConnector, Closeable {

		private final AtomicBoolean closed;

		OtherConnector(AtomicBoolean closed) {
			this.closed = closed;
		}

		@Override
		public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
				Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
			return Mono.error(new IOException("Not connected"));
		}

		@Override
		public void close() {
			this.closed.set(true);
		}

	}

}
