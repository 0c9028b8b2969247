package tech.a55.sample.page;

import java.time.Duration;
import java.util.Objects;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import tech.a55.sample.A55SampleApplication;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.MediaType;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the page and of what it is told.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, classes = A55SampleApplication.class,
		properties = "sample.simulator.token-lifetime=1h")
@AutoConfigureWebTestClient(timeout = "60s")
class LivePageTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	@Autowired
	private WebTestClient client;

	@LocalServerPort
	private int port;

	@Test
	void browsersGetThePage() {
		this.client.get()
			.uri("/")
			.header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
			.exchange()
			.expectStatus()
			.isOk()
			.expectHeader()
			.contentTypeCompatibleWith(MediaType.TEXT_HTML)
			.expectHeader()
			.value("Content-Security-Policy", (policy) -> assertThat(policy).contains("default-src 'self'"))
			.expectBody(String.class)
			.value((page) -> assertThat(page).contains("<title>"));
	}

	@Test
	void othersGetThePlainHelp() {
		this.client.get()
			.uri("/")
			.header("Accept", "*/*")
			.exchange()
			.expectStatus()
			.isOk()
			.expectHeader()
			.contentTypeCompatibleWith(MediaType.TEXT_PLAIN)
			.expectBody(String.class)
			.value((help) -> assertThat(help).contains("GET /wallets"));
	}

	@Test
	void tellsTheLifeOfTheTokenAndTheCalls() {
		this.client.get().uri("/charges?limit=101").exchange().expectStatus().isBadRequest().expectBody(JsonNode.class);
		this.client.get().uri("/wallets").exchange().expectStatus().isOk().expectBody(JsonNode.class);
		JsonNode snapshot = JsonMapper.shared().readTree(snapshots(this.port).blockFirst(TIMEOUT));
		assertThat(snapshot.at("/token/status").asString()).isEqualTo("UP");
		assertThat(snapshot.at("/token/lastOutcome").asString()).isEqualTo("success");
		assertThat(snapshot.at("/token/issued").asString()).isLessThan(snapshot.at("/token/nextTry").asString());
		assertThat(snapshot.at("/token/nextTry").asString()).isLessThan(snapshot.at("/token/expires").asString());
		assertThat(snapshot.at("/meters/fetches").asInt()).isEqualTo(1);
		assertThat(snapshot.at("/meters/failedFetches").asInt()).isZero();
		assertThat(snapshot.at("/calls/count").asInt()).isGreaterThanOrEqualTo(2);
		assertThat(snapshot.at("/calls/failures").asInt()).isEqualTo(1);
		assertThat(snapshot.at("/calls/last")).anySatisfy((call) -> {
			assertThat(call.get("path").asString()).isEqualTo("/api/v1/bank/wallet/");
			assertThat(call.get("status").asInt()).isEqualTo(200);
		}).anySatisfy((call) -> assertThat(call.get("status").asInt()).isEqualTo(400));
	}

	@Test
	void tellsOfEachAccountByItself() {
		JsonNode before = JsonMapper.shared().readTree(snapshots(this.port).blockFirst(TIMEOUT));
		this.client.get().uri("/accounts/shop/wallets").exchange().expectStatus().isOk().expectBody(JsonNode.class);
		JsonNode snapshot = JsonMapper.shared().readTree(snapshots(this.port).blockFirst(TIMEOUT));
		assertThat(snapshot.get("accounts")).hasSize(1);
		JsonNode shop = snapshot.at("/accounts/0");
		assertThat(shop.get("name").asString()).isEqualTo("shop");
		assertThat(shop.at("/token/status").asString()).isEqualTo("UP");
		assertThat(shop.at("/token/issued").asString()).isLessThan(shop.at("/token/expires").asString());
		assertThat(shop.get("fetches").asInt()).isEqualTo(1);
		assertThat(shop.get("failedFetches").asInt()).isZero();
		assertThat(shop.get("calls").asInt()).isEqualTo(before.at("/accounts/0/calls").asInt() + 1);
		assertThat(snapshot.get("meters")).isEqualTo(before.get("meters"));
		assertThat(snapshot.at("/calls/count")).isEqualTo(before.at("/calls/count"));
	}

	@Test
	void goesOnTelling() {
		StepVerifier.create(snapshots(this.port)).expectNextCount(2).thenCancel().verify(TIMEOUT);
	}

	@Test
	void tellsNeitherTokenNorCredentials(
			@Autowired @Qualifier("a55AuthorizedClientManager") OAuth2AuthorizedClientManager manager,
			@Value("${a55.client-id}") String clientId, @Value("${a55.client-secret}") String clientSecret) {
		this.client.get().uri("/wallets").exchange().expectStatus().isOk().expectBody(JsonNode.class);
		String token = Objects
			.requireNonNull(manager
				.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("a55").principal("sample").build()))
			.getAccessToken()
			.getTokenValue();
		assertThat(snapshots(this.port).blockFirst(TIMEOUT)).contains("wallet")
			.doesNotContain(token, clientId, clientSecret);
	}

	@Test
	void anOpenPageDoesNotHoldUpTheEndOfTheApplication() {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(A55SampleApplication.class)
			.run("--server.port=0");
		int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
		StepVerifier.create(snapshots(port))
			.expectNextCount(1)
			.then(context::close)
			.thenConsumeWhile((snapshot) -> true)
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(context.isActive()).isFalse();
	}

	private static Flux<String> snapshots(int port) {
		return WebClient.create("http://localhost:" + port)
			.get()
			.uri("/live")
			.accept(MediaType.TEXT_EVENT_STREAM)
			.retrieve()
			.bodyToFlux(String.class);
	}

}
