package tech.a55.sample.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.BodyInserters;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link A55Simulator}.
 */
class A55SimulatorTests {

	private static final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);

	private static final A55Simulator simulator = A55Simulator.start(Duration.ofSeconds(60), Duration.ZERO, now::get);

	private static final String WALLET = "02710c32-e04c-5b26-8064-3324d12e9a3a";

	private final WebTestClient client = WebTestClient.bindToServer()
		.baseUrl(simulator.baseUrl())
		.responseTimeout(Duration.ofSeconds(60))
		.build();

	@AfterAll
	static void stop() {
		simulator.close();
	}

	@Test
	void issuesATokenForItsCredentials() {
		JsonNode answer = body(requestToken(form()).expectStatus().isOk());
		assertThat(answer.get("access_token").asString()).isNotBlank();
		assertThat(answer.get("expires_in").asInt()).isEqualTo(60);
		assertThat(answer.get("token_type").asString()).isEqualTo("Bearer");
	}

	@Test
	void issuesATokenForTheCredentialsOfTheShop() {
		MultiValueMap<String, String> form = form();
		form.set("client_id", simulator.shopClientId());
		assertError(requestToken(form), "invalid_client");
		form.set("client_secret", simulator.shopClientSecret());
		JsonNode answer = body(requestToken(form).expectStatus().isOk());
		get("bank/wallet/?customer_id=1001", answer.get("access_token").asString()).expectStatus().isOk();
	}

	@ParameterizedTest
	@ValueSource(strings = { "client_id", "client_secret" })
	void issuesNoTokenForOtherCredentials(String field) {
		MultiValueMap<String, String> form = form();
		form.set(field, "other");
		assertError(requestToken(form), "invalid_client");
		form.remove(field);
		assertError(requestToken(form), "invalid_client");
	}

	@Test
	void issuesNoTokenForAnotherGrant() {
		MultiValueMap<String, String> form = form();
		form.set("grant_type", "password");
		assertError(requestToken(form), "unsupported_grant_type");
	}

	@Test
	void answersATokenRequestThatIsNoFormWithoutAWord() {
		this.client.post()
			.uri(simulator.tokenUri())
			.contentType(MediaType.APPLICATION_JSON)
			.bodyValue(form().asSingleValueMap())
			.exchange()
			.expectStatus()
			.isEqualTo(HttpStatus.METHOD_NOT_ALLOWED)
			.expectBody()
			.isEmpty();
	}

	@Test
	void acceptsEachTokenUntilItExpires() {
		String first = token();
		advance(Duration.ofSeconds(30));
		String second = token();
		advance(Duration.ofSeconds(29));
		get("bank/wallet/?customer_id=1001", first).expectStatus().isOk();
		advance(Duration.ofSeconds(1));
		assertUnauthorized(get("bank/wallet/?customer_id=1001", first));
		get("bank/wallet/?customer_id=1001", second).expectStatus().isOk();
	}

	@ParameterizedTest
	@ValueSource(strings = { "bank/wallet/?customer_id=1001", "bank/wallet/charges/?wallet_uuid=" + WALLET, "other/" })
	void refusesAMissingOrUnknownToken(String uri) {
		assertUnauthorized(this.client.get().uri(simulator.baseUrl() + uri).exchange());
		assertUnauthorized(get(uri, "unknown"));
	}

	@ParameterizedTest
	@CsvSource({ "wallet_uuid," + WALLET + ",1", "email,pagos@cafe-del-sur.example,1", "customer_id,1001,3",
			"customer_id,unknown,0" })
	void findsWallets(String parameter, String value, int count) {
		JsonNode wallets = body(get("bank/wallet/?" + parameter + "=" + value, token()).expectStatus().isOk())
			.get("wallets");
		assertThat(wallets).hasSize(count)
			.allSatisfy((wallet) -> assertThat(wallet.get(parameter).asString()).isEqualTo(value));
	}

	@Test
	void findsTheChargesOfOneWalletPageByPage() {
		List<Integer> sizes = new ArrayList<>();
		Set<String> charges = new HashSet<>();
		for (int page = 1; page <= 4; page++) {
			JsonNode answer = body(
					get("bank/wallet/charges/?wallet_uuid=" + WALLET + "&limit=10&page=" + page, token()).expectStatus()
						.isOk());
			assertThat(answer.get("total").asInt()).isEqualTo(25);
			sizes.add(answer.get("charges").size());
			answer.get("charges").forEach((charge) -> {
				assertThat(charge.get("currency").asString()).isEqualTo("BRL");
				charges.add(charge.get("charge_uuid").asString());
			});
		}
		assertThat(sizes).containsExactly(10, 10, 5, 0);
		assertThat(charges).hasSize(25);
	}

	@ParameterizedTest
	@ValueSource(strings = { "bank/wallet/", "bank/wallet/?email=", "bank/wallet/charges/",
			"bank/wallet/charges/?page=1&limit=10", "bank/wallet/charges/?wallet_uuid=" + WALLET + "&page=0",
			"bank/wallet/charges/?wallet_uuid=" + WALLET + "&page=one",
			"bank/wallet/charges/?wallet_uuid=" + WALLET + "&limit=0",
			"bank/wallet/charges/?wallet_uuid=" + WALLET + "&limit=101" })
	void refusesARequestWithoutTheParametersItNeeds(String uri) {
		assertA55Error(get(uri, token()), HttpStatus.BAD_REQUEST, "validation_error");
	}

	@ParameterizedTest
	@ValueSource(strings = { "other/", "bank/wallet?customer_id=1001" })
	void findsNothingAtOtherPaths(String uri) {
		assertA55Error(get(uri, token()), HttpStatus.NOT_FOUND, "not_found");
	}

	@Test
	void issuesNoTokenWhileTheTokenEndpointFails() {
		during(Trouble.TOKEN_FAILURE,
				() -> body(requestToken(form()).expectStatus().isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)));
		assertThat(token()).isNotBlank();
	}

	@Test
	void answersCallsThatComeTooCloseTogether() {
		String token = token();
		during(Trouble.RATE_LIMIT, () -> {
			assertOk(getWallets(token));
			assertA55Error(getWallets(token).expectHeader().valueEquals(HttpHeaders.RETRY_AFTER, "1"),
					HttpStatus.TOO_MANY_REQUESTS, "rate_limit_exceeded");
			advance(Duration.ofSeconds(1));
			assertOk(getWallets(token));
		});
		assertOk(getWallets(token));
	}

	@Test
	void takesItsTimeWhileTheApiIsSlow() {
		String token = token();
		during(Trouble.SLOW_API, () -> assertThat(timeOf(() -> assertOk(getWallets(token))))
			.isGreaterThanOrEqualTo(Duration.ofMillis(800)));
		// Not each time on a busy machine
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.until(() -> timeOf(() -> assertOk(getWallets(token))).compareTo(Duration.ofMillis(800)) < 0);
	}

	@Test
	void acceptsNoTokenThatIsRevokedAndRevokesTheNextOneLater() {
		String revoked = token();
		assertThat(simulator.revokeTokens()).isTrue();
		assertUnauthorized(getWallets(revoked));
		String next = token();
		assertThat(simulator.revocableFrom()).isNotNull();
		assertThat(simulator.revokeTokens()).isFalse();
		assertOk(getWallets(next));
		advance(Duration.ofSeconds(34));
		assertThat(simulator.revocableFrom()).isNull();
		assertThat(simulator.revokeTokens()).isTrue();
		assertUnauthorized(getWallets(next));
	}

	@Test
	void countsTokenRequests() {
		int before = simulator.tokenRequests();
		token();
		assertError(requestToken(new LinkedMultiValueMap<>()), "unsupported_grant_type");
		assertThat(simulator.tokenRequests()).isEqualTo(before + 2);
	}

	private static void during(Trouble trouble, Runnable test) {
		simulator.make(trouble, true);
		try {
			test.run();
		}
		finally {
			simulator.make(trouble, false);
		}
	}

	private static Duration timeOf(Runnable call) {
		long startNanos = System.nanoTime();
		call.run();
		return Duration.ofNanos(System.nanoTime() - startNanos);
	}

	private static void advance(Duration duration) {
		now.updateAndGet((instant) -> instant.plus(duration));
	}

	private static MultiValueMap<String, String> form() {
		return new LinkedMultiValueMap<>(Map.of("grant_type", List.of("client_credentials"), "client_id",
				List.of(simulator.clientId()), "client_secret", List.of(simulator.clientSecret())));
	}

	private WebTestClient.ResponseSpec requestToken(MultiValueMap<String, String> form) {
		return this.client.post().uri(simulator.tokenUri()).body(BodyInserters.fromFormData(form)).exchange();
	}

	private String token() {
		return body(requestToken(form()).expectStatus().isOk()).get("access_token").asString();
	}

	private WebTestClient.ResponseSpec get(String uri, String token) {
		return this.client.get()
			.uri(simulator.baseUrl() + uri)
			.header(HttpHeaders.AUTHORIZATION, "Bearer " + token)
			.exchange();
	}

	private WebTestClient.ResponseSpec getWallets(String token) {
		return get("bank/wallet/?customer_id=1001", token);
	}

	private static void assertError(WebTestClient.ResponseSpec response, String error) {
		assertThat(body(response.expectStatus().isBadRequest()).get("error").asString()).isEqualTo(error);
	}

	private static void assertOk(WebTestClient.ResponseSpec response) {
		assertThat(body(response.expectStatus().isOk())).isNotEmpty();
	}

	private static void assertUnauthorized(WebTestClient.ResponseSpec response) {
		assertA55Error(response, HttpStatus.UNAUTHORIZED, "unauthorized");
	}

	private static void assertA55Error(WebTestClient.ResponseSpec response, HttpStatus status, String code) {
		JsonNode body = body(response.expectStatus().isEqualTo(status));
		assertThat(body.at("/error/code").asString()).isEqualTo(code);
		assertThat(body.at("/error/message").asString()).isNotBlank();
		assertThat(body.at("/error/details").isArray()).isTrue();
		assertThat(body.get("request_id").asString()).isNotBlank();
	}

	private static JsonNode body(WebTestClient.ResponseSpec response) {
		JsonNode body = response.expectHeader()
			.contentTypeCompatibleWith(MediaType.APPLICATION_JSON)
			.expectBody(JsonNode.class)
			.returnResult()
			.getResponseBody();
		return Objects.requireNonNull(body);
	}

}
