package tech.a55.sample;

import java.util.Objects;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.util.UriComponentsBuilder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * End-to-end tests of the sample, which runs against its simulator here as it does for
 * anyone who starts it without credentials.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = "sample.simulator.token-lifetime=1h")
@AutoConfigureWebTestClient(timeout = "60s")
class A55SampleApplicationTests {

	@Autowired
	private WebTestClient client;

	@LocalServerPort
	private int port;

	private WireMock simulator;

	@BeforeEach
	void connectToSimulator(@Value("${a55.base-url}") String baseUrl) {
		this.simulator = new WireMock("127.0.0.1", UriComponentsBuilder.fromUriString(baseUrl).build().getPort());
	}

	@Test
	void saysWhatCanBeTried() {
		String text = this.client.get()
			.uri("/")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.returnResult()
			.getResponseBody();
		assertThat(text).contains("GET /wallets", "GET /charges");
	}

	@Test
	void listsTheWalletsOfACustomer() {
		JsonNode wallets = get("/wallets").get("wallets");
		assertThat(wallets).hasSizeGreaterThan(1);
		assertThat(wallets).allSatisfy((wallet) -> assertThat(wallet.propertyNames()).contains("wallet_uuid",
				"entity_uuid", "merchant_uuid", "name", "email", "customer_id", "currency"));
	}

	@Test
	void findsAWalletByEmail() {
		JsonNode wallets = get("/wallets?email=pagos@libreria-austral.example").get("wallets");
		assertThat(wallets).hasSize(1);
		assertThat(wallets.at("/0/name").asString()).isEqualTo("Librería Austral");
	}

	@Test
	void listsTheChargesOfAWalletPageByPage() {
		JsonNode first = get("/charges");
		assertThat(first.get("charges")).hasSize(20);
		assertThat(first.get("charges")).allSatisfy((charge) -> assertThat(charge.propertyNames())
			.contains("charge_uuid", "status", "local_currency", "currency", "installments", "charge_payment_url"));
		JsonNode last = get("/charges?page=2");
		assertThat(last.get("charges")).hasSize(5).doesNotContainAnyElementsOf(first.get("charges"));
	}

	@Test
	void listsTheWalletsOfAnotherAccountWithItsOwnToken(@Value("${a55.clients.shop.client-id}") String shopClientId) {
		assertThat(get("/accounts/shop/wallets").get("wallets")).hasSizeGreaterThan(1);
		assertThat(get("/accounts/shop/wallets?email=pagos@libreria-austral.example").get("wallets")).hasSize(1);
		this.simulator.verifyThat(1, WireMock.postRequestedFor(WireMock.urlEqualTo("/oauth2/token"))
			.withFormParam("client_id", WireMock.equalTo(shopClientId)));
	}

	@Test
	void knowsNoOtherAccount() {
		this.client.get().uri("/accounts/other/wallets").exchange().expectStatus().isNotFound();
	}

	@Test
	void handsOnWhatA55FindsWrongWithTheRequest() {
		assertProblem("/charges?limit=101", HttpStatus.BAD_REQUEST, "validation_error");
		assertProblem("/wallets?email=", HttpStatus.BAD_REQUEST, "validation_error");
	}

	@Test
	void blamesTheCallerForNoRefusalOfTheApplication() {
		whileA55Answers(WireMock.jsonResponse("{\"message\":\"no permission\"}", 403),
				() -> assertProblem("/wallets", HttpStatus.BAD_GATEWAY, "no permission"));
	}

	@Test
	void saysThatA55CannotBeReached() {
		whileA55Answers(WireMock.aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER),
				() -> assertThat(getProblem("/charges", HttpStatus.BAD_GATEWAY).get("title").asString())
					.isEqualTo("A55 cannot be reached"));
	}

	@Test
	void makesManyCallsWithOneToken(@Value("${a55.client-id}") String clientId) {
		WebClient webClient = WebClient.create("http://localhost:" + this.port);
		Flux.range(0, 200)
			.flatMap((i) -> webClient.get().uri((i % 2 == 0) ? "/wallets" : "/charges").retrieve().toBodilessEntity(),
					50)
			.blockLast();
		this.simulator.verifyThat(1, WireMock.postRequestedFor(WireMock.urlEqualTo("/oauth2/token"))
			.withFormParam("client_id", WireMock.equalTo(clientId)));
	}

	private JsonNode get(String uri) {
		JsonNode body = this.client.get()
			.uri(uri)
			.exchange()
			.expectStatus()
			.isOk()
			.expectHeader()
			.contentType(MediaType.APPLICATION_JSON)
			.expectBody(JsonNode.class)
			.returnResult()
			.getResponseBody();
		return Objects.requireNonNull(body);
	}

	private void whileA55Answers(ResponseDefinitionBuilder response, Runnable test) {
		StubMapping stub = this.simulator.register(WireMock.get(WireMock.anyUrl()).atPriority(1).willReturn(response));
		try {
			test.run();
		}
		finally {
			this.simulator.removeStubMapping(stub);
		}
	}

	private void assertProblem(String uri, HttpStatus status, String answer) {
		JsonNode problem = getProblem(uri, status);
		assertThat(problem.get("title").asString()).isEqualTo("A55 responded with an error");
		assertThat(problem.get("response").asString()).contains(answer);
	}

	private JsonNode getProblem(String uri, HttpStatus status) {
		JsonNode problem = this.client.get()
			.uri(uri)
			.exchange()
			.expectStatus()
			.isEqualTo(status)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody(JsonNode.class)
			.returnResult()
			.getResponseBody();
		return Objects.requireNonNull(problem);
	}

}
