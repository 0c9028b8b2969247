package tech.a55.spring.boot.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeStrategies;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AuthorizedExchange} when the API refuses tokens.
 */
class AuthorizedExchangeRefusalTests {

	private static final URI URL = URI.create("https://api.example.com/v1/x");

	private final TokenSimulation simulation = new TokenSimulation();

	private final Set<String> revoked = new HashSet<>();

	private final Set<String> forbidden = new HashSet<>();

	private final List<String> sent = new ArrayList<>();

	@AfterEach
	void close() {
		this.simulation.close();
	}

	@Test
	@DisplayName("Row 22: one 401 that is not about the token while the token endpoint is down")
	void theRefusalReachesItsCallerWholeWhileTheEndpointIsDown() {
		assertThat(call("/v1/x")).isEqualTo("200 ok");
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		this.forbidden.add("/v1/blocked");
		assertThat(call("/v1/blocked")).isEqualTo("401 refused /v1/blocked");
		for (int second = 0; second < 3500; second++) {
			assertThat(call("/v1/x")).as("after %s s", second).isEqualTo("200 ok");
			this.simulation.advance(Duration.ofSeconds(1));
		}
		assertThat(this.sent).containsOnly("token-1");
	}

	@Test
	@DisplayName("Row 23: revoked three times within 30 s, each successor accepted in between")
	void threeTokensInARowMayBeRevokedAndNoCallFails() {
		assertThat(call("/v1/x")).isEqualTo("200 ok");
		for (int i = 1; i <= 3; i++) {
			this.revoked.add("token-" + i);
			for (int second = 0; second < 10; second++) {
				assertThat(call("/v1/x")).isEqualTo("200 ok");
				this.simulation.advance(Duration.ofSeconds(1));
			}
		}
		assertThat(this.simulation.fetches).hasValue(1 + 3);
	}

	@Test
	void aRevokedTokenIsReplacedWhenTheEndpointIsAvailableAgain() {
		assertThat(call("/v1/x")).isEqualTo("200 ok");
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		this.revoked.add("token-1");
		assertThat(call("/v1/x")).isEqualTo("401 refused /v1/x");
		this.simulation.endpoint = (count) -> TokenSimulation.token("next", Duration.ofHours(1));
		this.simulation.advance(Duration.ofSeconds(2));
		assertThat(call("/v1/x")).isEqualTo("200 ok");
		assertThat(this.simulation.fetches).hasValue(3);
	}

	private String call(String path) {
		List<String> results = new ArrayList<>();
		new BearerTokenExchangeFilterFunction(this.simulation.cache, Origin.of(URL),
				new RetryPolicy(1, Duration.ofSeconds(1), false), new ExchangeStatistics())
			.filter(ClientRequest.create(HttpMethod.GET, URL.resolve(path)).build(), this::respond)
			.flatMap((response) -> response.bodyToMono(String.class)
				.map((body) -> response.statusCode().value() + " " + body))
			.onErrorResume((ex) -> Mono.just(ex.toString()))
			.subscribe(results::add);
		this.simulation.settle();
		return results.get(0);
	}

	private Mono<ClientResponse> respond(ClientRequest request) {
		MockClientHttpRequest outgoing = new MockClientHttpRequest(request.method(), request.url());
		return request.writeTo(outgoing, ExchangeStrategies.withDefaults()).then(Mono.fromSupplier(() -> {
			String token = Objects.requireNonNull(outgoing.getHeaders().getFirst(HttpHeaders.AUTHORIZATION))
				.substring("Bearer ".length());
			this.sent.add(token);
			String path = request.url().getPath();
			boolean refused = this.revoked.contains(token) || this.forbidden.contains(path);
			return ClientResponse.create(refused ? HttpStatus.UNAUTHORIZED : HttpStatus.OK)
				.body(refused ? "refused " + path : "ok")
				.build();
		}));
	}

}
