package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.security.oauth2.client.ClientAuthorizationException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CachedAccessToken}, in virtual time.
 */
class CachedAccessTokenTests {

	private final TokenSimulation simulation = new TokenSimulation();

	private final AccessTokenCache cache = this.simulation.cache;

	@AfterEach
	void close() {
		this.simulation.close();
	}

	@Test
	void renewsWithinTheLastTenthBeforeTheRenewalPoint() {
		this.simulation.call();
		this.simulation.advance(Duration.ofSeconds(2429));
		this.cache.handOut();
		assertThat(this.simulation.fetches).hasValue(1);
		this.simulation.advance(Duration.ofSeconds(271));
		this.cache.handOut();
		assertThat(this.simulation.fetches).hasValue(2);
	}

	@Test
	void servesNoTokenThatMayExpireOnTheWay() {
		this.simulation.call();
		this.simulation.endpoint = (count) -> Mono.error(new IllegalStateException("down"));
		this.simulation.advance(Duration.ofSeconds(3600 - 6));
		assertThat(this.cache.handOut()).isNotNull();
		this.simulation.advance(Duration.ofSeconds(1));
		assertThat(this.cache.handOut()).isNull();
	}

	@Test
	void countsTheLifeFromTheMomentOfTheRequest() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofSeconds(100))
			.delaySubscription(Duration.ofSeconds(8));
		this.cache.obtain().subscribe();
		this.simulation.advance(Duration.ofSeconds(8));
		assertThat(this.cache.handOut()).isNotNull();
		this.simulation.advance(Duration.ofSeconds(87));
		assertThat(this.cache.handOut()).isNull();
	}

	@Test
	void aTokenThatHasExpiredWhenItArrivesIsAFailure() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofSeconds(5))
			.delaySubscription(Duration.ofSeconds(6));
		List<Throwable> failures = new ArrayList<>();
		this.cache.obtain().subscribe((token) -> {
		}, failures::add);
		this.simulation.advance(Duration.ofSeconds(6));
		assertThat(failures).hasSize(1).hasOnlyElementsOfType(ClientAuthorizationException.class);
		assertThat(this.cache.handOut()).isNull();
	}

	@ParameterizedTest
	@DisplayName("Row 14: each odd expires_in")
	@MethodSource
	void anyLifeCostsOneFetchPerHalfOfItAndFailsNoCall(@Nullable Object expiresIn) {
		Duration life = Duration.ofSeconds(AccessTokenResponseExtractor.life(expiresIn));
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, life)
			.delaySubscription(Duration.ofMillis(100));
		this.cache.obtain().subscribe();
		this.simulation.advance(Duration.ofMillis(100));
		long callsPerSecond = (life.toMinutes() > 5) ? 1 : 1000;
		for (long call = 0; call < 4 * life.toSeconds() * callsPerSecond; call++) {
			assertThat(this.cache.handOut()).isNotNull();
			this.simulation.advance(Duration.ofNanos(1_000_000_000 / callsPerSecond));
		}
		assertThat(this.simulation.fetches.get()).isBetween(4, 8);
	}

	static List<@Nullable Object> anyLifeCostsOneFetchPerHalfOfItAndFailsNoCall() {
		return Arrays.asList(null, 0, -1, "NaN", "soon", "3600", 3600.0, 1, 0.001, 5, 86_400, 86_401, Long.MAX_VALUE,
				Double.POSITIVE_INFINITY, "1e400");
	}

	@ParameterizedTest
	@ValueSource(ints = { -86_400, -3_600, 3_600, 86_400 })
	@DisplayName("Row 15: wall clock ± 1 h, ± 1 day")
	void aJumpOfTheWallClockCostsOneFetchAtMost(int seconds) {
		this.simulation.call();
		this.simulation.wallClockOffset = Duration.ofSeconds(seconds);
		for (int minute = 0; minute < 40; minute++) {
			assertThat(this.simulation.call()).isNotNull();
			this.simulation.advance(Duration.ofMinutes(1));
		}
		assertThat(this.simulation.fetches.get()).isLessThanOrEqualTo(2);
	}

	@Test
	@DisplayName("Row 15: wall clock set back")
	void aWallClockThatIsSetBackDoesNotProlongTheLife() {
		this.simulation.call();
		this.simulation.wallClockOffset = Duration.ofDays(-1);
		this.simulation.endpoint = (count) -> Mono.error(new IllegalStateException("down"));
		this.simulation.advance(Duration.ofMinutes(60));
		assertThat(this.cache.handOut()).isNull();
	}

}
