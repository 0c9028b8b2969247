package tech.a55.sample.simulator;

import java.time.Duration;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tech.a55.sample.A55SampleApplication;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SimulatorController}.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, classes = A55SampleApplication.class,
		properties = { "sample.simulator.token-lifetime=1h", "sample.simulator.load-calls=100" })
@AutoConfigureWebTestClient(timeout = "60s")
class SimulatorControllerTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	@Autowired
	private WebTestClient client;

	@Autowired
	private A55Simulator simulator;

	@Autowired
	private MeterRegistry meters;

	@LocalServerPort
	private int port;

	@ParameterizedTest
	@EnumSource
	void makesEachTroubleUntilItIsSwitchedOff(Trouble trouble) {
		String uri = "/simulator/troubles/" + trouble.id();
		post(uri, "{\"active\":true}").expectStatus().isNoContent();
		assertThat(this.simulator.troubles()).containsExactly(trouble.id());
		post(uri, "{\"active\":false}").expectStatus().isNoContent();
		assertThat(this.simulator.troubles()).isEmpty();
	}

	@Test
	void knowsNoOtherTrouble() {
		post("/simulator/troubles/other", "{\"active\":true}").expectStatus().isNotFound();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/simulator/troubles/slow-api", "/simulator/revocation", "/simulator/load" })
	void takesNothingThatAPageOfAnotherOriginCanSend(String uri) {
		for (MediaType type : new MediaType[] { MediaType.TEXT_PLAIN, MediaType.APPLICATION_FORM_URLENCODED }) {
			this.client.post()
				.uri(uri)
				.contentType(type)
				.bodyValue("{\"active\":true}")
				.exchange()
				.expectStatus()
				.isEqualTo(HttpStatus.UNSUPPORTED_MEDIA_TYPE);
		}
		this.client.options()
			.uri(uri)
			.header("Origin", "https://elsewhere.example")
			.header("Access-Control-Request-Method", "POST")
			.header("Access-Control-Request-Headers", "content-type")
			.exchange()
			.expectHeader()
			.doesNotExist("Access-Control-Allow-Origin");
		assertThat(this.simulator.troubles()).isEmpty();
	}

	@Test
	void callsSucceedAlthoughTheTokenIsRevoked() {
		assertCallSucceeds();
		int tokenRequests = this.simulator.tokenRequests();
		post("/simulator/revocation", "{}").expectStatus().isNoContent();
		assertCallSucceeds();
		assertThat(this.simulator.tokenRequests()).isEqualTo(tokenRequests + 1);
		post("/simulator/revocation", "{}").expectStatus().isEqualTo(HttpStatus.CONFLICT);
	}

	@Test
	void callsSucceedWhileTheTokenEndpointFails() {
		assertCallSucceeds();
		post("/simulator/troubles/token-failure", "{\"active\":true}");
		assertCallSucceeds();
		post("/simulator/troubles/token-failure", "{\"active\":false}");
	}

	@Test
	void theTokenEndpointFailsForTheShopOnly() {
		assertCallSucceeds();
		post("/simulator/troubles/shop-token-failure", "{\"active\":true}").expectStatus().isNoContent();
		this.client.get().uri("/accounts/shop/wallets").exchange().expectStatus().isEqualTo(HttpStatus.BAD_GATEWAY);
		assertCallSucceeds();
		post("/simulator/troubles/shop-token-failure", "{\"active\":false}").expectStatus().isNoContent();
		Awaitility.await()
			.atMost(TIMEOUT)
			.untilAsserted(() -> this.client.get().uri("/accounts/shop/wallets").exchange().expectStatus().isOk());
	}

	@Test
	void callsWaitAndSucceedWhileTheRateIsLimited() {
		post("/simulator/troubles/rate-limit", "{\"active\":true}").expectStatus().isNoContent();
		Mono<Integer> call = webClient().get()
			.uri("/wallets")
			.retrieve()
			.toBodilessEntity()
			.map((response) -> response.getStatusCode().value());
		FunctionCounter retries = this.meters.get("a55.client.retries").tag("reason", "rate-limited").functionCounter();
		// On a busy machine, two calls at once may come one after the other
		Awaitility.await().atMost(TIMEOUT).until(() -> {
			assertThat(Flux.merge(call, call).collectList().block(TIMEOUT)).containsExactly(200, 200);
			return retries.count() > 0;
		});
		post("/simulator/troubles/rate-limit", "{\"active\":false}").expectStatus().isNoContent();
	}

	@Test
	void manyCallsAtOnceTakeTheStarterOneTokenRequest() {
		JsonNode result = post("/simulator/load", "{}").expectStatus()
			.isOk()
			.expectBody(JsonNode.class)
			.returnResult()
			.getResponseBody();
		assertThat(result).isNotNull();
		assertThat(result.at("/starter/calls").asInt()).isEqualTo(100);
		assertThat(result.at("/starter/succeeded").asInt()).isEqualTo(100);
		assertThat(result.at("/starter/tokenRequests").asInt()).isEqualTo(1);
		assertThat(result.at("/handWritten/calls").asInt()).isEqualTo(100);
		assertThat(result.at("/handWritten/tokenRequests").asInt()).isGreaterThan(1);
	}

	private WebClient webClient() {
		return WebClient.create("http://localhost:" + this.port);
	}

	private void assertCallSucceeds() {
		this.client.get().uri("/wallets").exchange().expectStatus().isOk().expectBody(JsonNode.class);
	}

	private WebTestClient.ResponseSpec post(String uri, String json) {
		return this.client.post().uri(uri).contentType(MediaType.APPLICATION_JSON).bodyValue(json).exchange();
	}

}
