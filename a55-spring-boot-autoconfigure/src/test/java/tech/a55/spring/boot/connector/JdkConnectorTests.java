package tech.a55.spring.boot.connector;

import java.time.Duration;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link JdkConnector}.
 */
class JdkConnectorTests {

	private static final String BODY = "x".repeat(200_000);

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance()
		.options(WireMockConfiguration.options().dynamicPort())
		.build();

	/**
	 * A busy machine may let a piece come late for the shorter ones of the time-outs.
	 */
	@Test
	void responseThatComesInPiecesMayTakeLongerThanTheReadTimeout() {
		Duration readTimeout = Duration.ofMillis(200);
		while (!readsAResponseThatTakesLongerThan(readTimeout)) {
			readTimeout = readTimeout.multipliedBy(2);
			assertThat(readTimeout).isLessThan(TestConnectors.PATIENCE);
		}
	}

	private static boolean readsAResponseThatTakesLongerThan(Duration readTimeout) {
		server.stubFor(WireMock.get("/wallet")
			.willReturn(WireMock.ok(BODY).withChunkedDribbleDelay(10, (int) readTimeout.multipliedBy(2).toMillis())));
		HttpConnectors connectors = new HttpConnectors(ClientHttpConnectorBuilder.jdk(),
				TestConnectors.SETTINGS.withReadTimeout(readTimeout));
		WebClient client = TestConnectors.client(connectors.connector(), server.baseUrl());
		try {
			return client.get()
				.uri("/wallet")
				.retrieve()
				.bodyToMono(String.class)
				.blockOptional()
				.filter(BODY::equals)
				.isPresent();
		}
		catch (WebClientException ex) {
			return false;
		}
	}

}
