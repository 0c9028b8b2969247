package tech.a55.spring.boot.token;

import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link FailedFetch}, in virtual time.
 */
@ExtendWith(OutputCaptureExtension.class)
class FailedFetchTests {

	private final TokenSimulation simulation = new TokenSimulation();

	private final AccessTokenCache cache = this.simulation.cache;

	@AfterEach
	void close() {
		this.simulation.close();
	}

	static List<Arguments> failures() {
		return List.of(failure("no connection", Mono.error(new IllegalStateException("down")), 12, 20),
				failure("a time-out", Mono.never(), 8, 20), failure("an empty response", Mono.empty(), 12, 20),
				failure(403, 12, 20), failure(429, 12, 20), failure(500, 12, 20), failure(502, 12, 20),
				failure(503, 12, 20), failure(504, 12, 20), failure(400, 25, 30), failure(401, 25, 30));
	}

	private static Arguments failure(int status, int fewestTries, int mostTries) {
		return failure("status " + status, Mono.error(TokenSimulation.answer(status, "refused")), fewestTries,
				mostTries);
	}

	private static Arguments failure(String name, Mono<OAuth2AccessTokenResponse> response, int fewestTries,
			int mostTries) {
		return Arguments.of(Named.of(name, response), fewestTries, mostTries);
	}

	@ParameterizedTest
	@MethodSource("failures")
	@DisplayName("Row 8: endpoint down from the renewal point to expiry")
	void aFailedRenewalIsInvisibleWhileTheTokenLives(Mono<OAuth2AccessTokenResponse> failure, int fewestTries,
			int mostTries) {
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1));
		CachedAccessToken token = this.simulation.call();
		this.simulation.endpoint = (count) -> failure;
		this.simulation.advance(Duration.ofMinutes(45));
		int before = this.simulation.fetches.get();
		for (int second = 0; second < 895; second++) {
			assertThat(this.cache.handOut()).isSameAs(token);
			this.simulation.advance(Duration.ofSeconds(1));
		}
		assertThat(this.simulation.fetches.get() - before).isBetween(fewestTries, mostTries);
	}

	@ParameterizedTest
	@MethodSource("failures")
	void noFetchStartsDuringTheCoolDownThatFollowsAnyFailure(Mono<OAuth2AccessTokenResponse> failure) {
		this.simulation.endpoint = (count) -> failure;
		List<Throwable> failures = new ArrayList<>();
		this.cache.obtain().subscribe(null, failures::add);
		this.simulation.settle();
		if (failures.isEmpty()) {
			this.simulation.advance(TokenSimulation.TIMEOUT);
		}
		assertThat(failures).hasSize(1);
		this.simulation.advance(Duration.ofMillis(999));
		this.cache.obtain().subscribe(null, failures::add);
		this.simulation.settle();
		assertThat(failures).hasSize(2);
		assertThat(failures.get(1)).hasMessage(failures.get(0).getMessage());
		assertThat(this.simulation.fetches).hasValue(1);
		this.simulation.advance(Duration.ofSeconds(36));
		this.cache.obtain().subscribe(null, failures::add);
		assertThat(this.simulation.fetches).hasValue(2);
	}

	@Test
	@DisplayName("Row 9: endpoint down, no token, 10,000 calls in 60 s")
	void withoutATokenCallsFailAtOnceWhileTheEndpointIsDown() {
		this.simulation.endpoint = (count) -> Mono.error(new IllegalStateException("down"));
		this.cache.obtain().subscribe((token) -> {
		}, (ex) -> {
		});
		this.simulation.settle();
		for (int i = 0; i < 10_000; i++) {
			this.simulation.advance(Duration.ofMillis(6));
			List<Throwable> failures = new ArrayList<>();
			int before = this.simulation.fetches.get();
			this.cache.obtain().subscribe((token) -> {
			}, failures::add);
			if (this.simulation.fetches.get() == before) {
				assertThat(failures).hasSize(1);
				assertThat(failures.get(0)).isInstanceOf(ClientAuthorizationException.class)
					.hasRootCauseMessage("down")
					.hasMessageContaining("The next attempt is at ");
			}
		}
		assertThat(this.simulation.fetches.get()).isBetween(5, 10);
	}

	@Test
	void eachCallerGetsAnExceptionOfItsOwn() {
		this.simulation.endpoint = (count) -> Mono.error(new IllegalStateException("down"));
		List<Throwable> failures = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			this.cache.obtain().subscribe((token) -> {
			}, failures::add);
			this.simulation.settle();
		}
		assertThat(failures).hasSize(3).doesNotHaveDuplicates();
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 401 })
	@DisplayName("Row 10: invalid_client")
	void refusedCredentialsAreTriedOncePerHalfMinuteUntilTheSecretChanges(int status) {
		this.simulation.endpoint = (count) -> this.simulation.receivedSecret.equals("sEcret")
				? TokenSimulation.token("rotated-token", Duration.ofHours(1))
				: Mono.error(TokenSimulation.answer(status, "invalid_client"));
		for (int second = 0; second < 300; second++) {
			assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call)
				.satisfies((ex) -> assertThat(ex.getError().getErrorCode()).isEqualTo("invalid_client"));
			this.simulation.advance(Duration.ofSeconds(1));
		}
		assertThat(this.simulation.fetches.get()).isBetween(8, 10);
		this.simulation.secret = () -> "sEcret";
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("rotated-token");
	}

	@Test
	void honoursTheRetryAfterOfTheEndpointUpToFiveMinutes() {
		assertThat(coolDownAfterRetryAfter(Duration.ofSeconds(90))).isEqualTo(Duration.ofSeconds(90));
		assertThat(coolDownAfterRetryAfter(Duration.ofDays(3650))).isEqualTo(Duration.ofMinutes(5));
		assertThat(coolDownAfterRetryAfter(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Duration.ofMinutes(5));
	}

	private Duration coolDownAfterRetryAfter(Duration retryAfter) {
		try (TokenSimulation simulation = new TokenSimulation()) {
			simulation.endpoint = (count) -> Mono.error(new AccessTokenResponseException(new OAuth2Error("slow_down"),
					"was limited", HttpStatusCode.valueOf(429), retryAfter));
			assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(simulation::call);
			Duration waited = Duration.ZERO;
			while (simulation.fetches.get() == 1) {
				simulation.advance(Duration.ofSeconds(1));
				waited = waited.plusSeconds(1);
				assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(simulation::call);
			}
			return waited;
		}
	}

	@Test
	void aFleetSpreadsItsCoolDowns() {
		Random random = new Random(3);
		Set<Instant> nextTries = new HashSet<>();
		for (int i = 0; i < 100; i++) {
			nextTries.add(new FailedFetch(TokenSimulation.ACCOUNT, TokenSimulation.REGISTRATION,
					new IllegalStateException("down"), "secret", 7, this.simulation.clock(), random.nextDouble())
				.nextTry(true));
		}
		assertThat(nextTries).hasSizeGreaterThan(90)
			.allSatisfy((nextTry) -> assertThat(nextTry).isBetween(Instant.EPOCH.plusSeconds(60),
					Instant.EPOCH.plusSeconds(72)));
	}

	@Test
	void tellsOnceThatRenewalFailsAndOnceThatItWorksAgain(CapturedOutput output) {
		this.simulation.call();
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		this.simulation.advance(Duration.ofMinutes(45));
		for (int i = 0; i < 300; i++) {
			this.cache.handOut();
			this.simulation.advance(Duration.ofSeconds(1));
		}
		assertThat(this.simulation.fetches.get()).isGreaterThan(5);
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1));
		for (int i = 0; i < 100; i++) {
			this.cache.handOut();
			this.simulation.advance(Duration.ofSeconds(1));
		}
		assertThat(output.getAll().lines().filter((line) -> line.contains("AccessTokenCache"))).satisfiesExactly(
				(line) -> assertThat(line).contains("WARN")
					.contains("The A55 access token cannot be renewed and remains in use: ")
					.contains("POST https://auth.example.com/oauth2/token responded with status 503")
					.contains("The next attempt is at "),
				(line) -> assertThat(line).contains("INFO").contains("again"));
	}

	@Test
	void namesTheHostThatDoesNotResolve() {
		UnknownHostException failure = new UnknownHostException("Failed to resolve 'auth.invalid'");
		failure.initCause(new IllegalStateException("Query failed with NXDOMAIN"));
		this.simulation.endpoint = (count) -> Mono.error(new WebClientRequestException(failure, HttpMethod.POST,
				URI.create("https://auth.invalid/oauth2/token"), new HttpHeaders()));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call)
			.withMessageContaining("got no response: java.net.UnknownHostException: Failed to resolve 'auth.invalid'.");
	}

}
