package tech.a55.spring.boot.connector;

import java.time.Duration;
import java.util.Objects;

import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.util.TimeValue;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * What tests of connections share. Time is of no account in them: a limit that is to be
 * reached is short, and one that must not be is longer than any machine is busy.
 */
public final class TestConnectors {

	/**
	 * How long tests wait for what happens soon, unless something is broken.
	 */
	public static final Duration PATIENCE = Duration.ofSeconds(30);

	/**
	 * Time-outs that no test ever reaches, because it would have failed before.
	 */
	public static final HttpClientSettings SETTINGS = HttpClientSettings.defaults()
		.withTimeouts(Duration.ofMinutes(10), Duration.ofMinutes(10));

	private TestConnectors() {
	}

	public static ClientHttpConnectorBuilder<?> builder(Connector connector) {
		return switch (connector) {
			case REACTOR -> ClientHttpConnectorBuilder.reactor();
			case JDK -> ClientHttpConnectorBuilder.jdk();
			case JETTY -> ClientHttpConnectorBuilder.jetty();
			// Looks for what is late once a second otherwise
			case HTTP_COMPONENTS -> ClientHttpConnectorBuilder.httpComponents()
				.withHttpClientCustomizer((client) -> client.setIOReactorConfig(
						IOReactorConfig.custom().setSelectInterval(TimeValue.ofMilliseconds(10)).build()));
		};
	}

	public static ConditionFactory eventually() {
		return Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10)).atMost(PATIENCE);
	}

	static WebClient client(ClientHttpConnector connector, String baseUrl) {
		return WebClient.builder().clientConnector(connector).baseUrl(baseUrl).build();
	}

	public static String body(WebClient.RequestHeadersSpec<?> request) {
		return Objects.requireNonNull(request.retrieve().bodyToMono(String.class).block(PATIENCE));
	}

	/**
	 * Return status and body of any response.
	 */
	public static String exchange(WebClient.RequestHeadersSpec<?> request) {
		return Objects.requireNonNull(
				request
					.exchangeToMono((response) -> response.bodyToMono(String.class)
						.defaultIfEmpty("")
						.map((body) -> (response.statusCode().value() + " " + body).trim()))
					.block(PATIENCE));
	}

}
