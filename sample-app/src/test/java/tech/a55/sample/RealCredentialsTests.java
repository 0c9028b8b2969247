package tech.a55.sample;

import java.time.Duration;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.http.MediaType;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.reactive.server.WebTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the sample with credentials of its own: the same page, and no trouble.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureWebTestClient(timeout = "60s")
class RealCredentialsTests {

	private static final WireMockServer a55 = new WireMockServer(
			WireMockConfiguration.options().bindAddress("127.0.0.1").dynamicPort());

	@Autowired
	private WebTestClient client;

	@DynamicPropertySource
	static void credentials(DynamicPropertyRegistry registry) {
		a55.start();
		a55.stubFor(WireMock.post("/token")
			.willReturn(WireMock
				.okJson("{\"access_token\":\"token-value\",\"expires_in\":3600,\"token_type\":\"Bearer\"}")));
		a55.stubFor(WireMock.get(WireMock.urlPathEqualTo("/bank/wallet/")).willReturn(WireMock.okJson("[]")));
		registry.add("a55.client-id", () -> "client-id-value");
		registry.add("a55.client-secret", () -> "client-secret-value");
		registry.add("a55.base-url", a55::baseUrl);
		registry.add("a55.token-uri", () -> a55.baseUrl() + "/token");
	}

	@AfterAll
	static void stopA55() {
		a55.stop();
	}

	@ParameterizedTest
	@ValueSource(strings = { "troubles/token-failure", "troubles/shop-token-failure", "troubles/rate-limit",
			"troubles/slow-api", "revocation", "load" })
	void thereIsNoTroubleToMake(String path) {
		this.client.post()
			.uri("/simulator/" + path)
			.contentType(MediaType.APPLICATION_JSON)
			.bodyValue("{\"active\":true}")
			.exchange()
			.expectStatus()
			.value((status) -> assertThat(status).isIn(404, 405));
	}

	@Test
	void thePageIsTheSame() {
		this.client.get()
			.uri("/")
			.accept(MediaType.TEXT_HTML)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.value((page) -> assertThat(page).contains("Access token"));
	}

	@Test
	void thePageIsToldOfNoSimulatorAndOfNoSecret() {
		this.client.get()
			.uri("/wallets?email=someone@shop.example")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(JsonNode.class);
		String snapshot = this.client.get()
			.uri("/live")
			.accept(MediaType.TEXT_EVENT_STREAM)
			.exchange()
			.expectStatus()
			.isOk()
			.returnResult(String.class)
			.getResponseBody()
			.blockFirst(Duration.ofSeconds(10));
		assertThat(snapshot).containsPattern("\"simulator\"\\s*:\\s*null")
			.containsPattern("\"accounts\"\\s*:\\s*\\[\\s*]")
			.contains("/bank/wallet/")
			.doesNotContain("token-value", "client-id-value", "client-secret-value", "someone");
	}

}
