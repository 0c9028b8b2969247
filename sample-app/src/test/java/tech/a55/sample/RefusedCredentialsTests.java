package tech.a55.sample;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.reactive.server.WebTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the sample with credentials that the token endpoint refuses.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureWebTestClient(timeout = "60s")
class RefusedCredentialsTests {

	private static final WireMockServer tokenEndpoint = new WireMockServer(
			WireMockConfiguration.options().bindAddress("127.0.0.1").dynamicPort());

	@DynamicPropertySource
	static void credentials(DynamicPropertyRegistry registry) {
		tokenEndpoint.start();
		tokenEndpoint
			.stubFor(WireMock.post("/token").willReturn(WireMock.jsonResponse("{\"error\":\"invalid_client\"}", 400)));
		registry.add("a55.client-id", () -> "someone");
		registry.add("a55.client-secret", () -> "wrong-secret");
		registry.add("a55.token-uri", () -> "http://127.0.0.1:" + tokenEndpoint.port() + "/token");
	}

	@AfterAll
	static void stopTokenEndpoint() {
		tokenEndpoint.stop();
	}

	@Test
	void startsNoSimulator(@Autowired ApplicationContext context) {
		assertThat(context.containsBean("a55Simulator")).isFalse();
	}

	@Test
	void saysWhyThereIsNoToken(@Autowired WebTestClient client) {
		JsonNode problem = client.get()
			.uri("/wallets")
			.exchange()
			.expectStatus()
			.isEqualTo(HttpStatus.BAD_GATEWAY)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody(JsonNode.class)
			.returnResult()
			.getResponseBody();
		assertThat(problem).isNotNull();
		assertThat(problem.get("title").asString()).isEqualTo("No access token for A55");
		assertThat(problem.get("detail").asString()).contains("invalid_client").doesNotContain("wrong-secret");
	}

}
