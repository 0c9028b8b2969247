package tech.a55.spring.boot.token;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AccessTokenHealthIndicator}.
 */
class AccessTokenHealthIndicatorTests {

	private final TokenSimulation simulation = new TokenSimulation();

	private final AccessTokenHealthIndicator indicator = new AccessTokenHealthIndicator(TokenSimulation.ACCOUNT,
			() -> this.simulation.cache);

	@AfterEach
	void close() {
		this.simulation.close();
	}

	@Test
	void isUnknownBeforeTheFirstFetchAndFetchesNothing() {
		Health health = this.indicator.health();
		assertThat(health.getStatus()).isEqualTo(Status.UNKNOWN);
		assertThat(health.getDetails()).containsOnlyKeys("registrationId", "secondsLeft");
		assertThat(this.simulation.fetches).hasValue(0);
	}

	@Test
	void startsNoFetchAlthoughACallWould() {
		this.simulation.call();
		this.simulation.advance(Duration.ofMinutes(50));
		this.indicator.health();
		this.simulation.settle();
		assertThat(this.simulation.fetches).as("a renewal was due").hasValue(1);
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		this.simulation.advance(Duration.ofMinutes(10));
		this.simulation.cache.obtain().onErrorComplete().subscribe();
		this.simulation.advance(Duration.ofHours(1));
		this.indicator.health();
		this.simulation.settle();
		assertThat(this.simulation.fetches).as("a failure has cooled down").hasValue(2);
	}

	@Test
	void isUpWithALivingToken() {
		this.simulation.call();
		this.simulation.advance(Duration.ofMinutes(10));
		Health health = this.indicator.health();
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		assertThat(health.getDetails()).containsEntry("registrationId", "a55")
			.containsEntry("secondsLeft", 3000L)
			.containsEntry("lastOutcome", "success")
			.containsEntry("lastFetch", Instant.EPOCH)
			.containsEntry("tokenIssued", Instant.EPOCH)
			.containsEntry("tokenExpires", Instant.EPOCH.plus(Duration.ofHours(1)));
		assertThat((Instant) health.getDetails().get("nextTry")).isBetween(
				Instant.EPOCH.plus(Duration.ofMinutes(60 * 675 / 1000)), Instant.EPOCH.plus(Duration.ofMinutes(45)));
	}

	@Test
	void theNextTryIsWhenACallRenewsTheToken() {
		this.simulation.call();
		Instant nextTry = (Instant) this.indicator.health().getDetails().get("nextTry");
		assertThat(nextTry).isNotNull();
		this.simulation.advance(Duration.between(Instant.EPOCH, nextTry).minusMillis(1));
		this.simulation.call();
		assertThat(this.simulation.fetches).hasValue(1);
		this.simulation.advance(Duration.ofMillis(2));
		this.simulation.call();
		assertThat(this.simulation.fetches).hasValue(2);
	}

	@Test
	void theNextTryIsLaterWhenTheEndpointIssuedTheSameTokenAgain() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("same", Duration.ofHours(1));
		this.simulation.call();
		this.simulation.advance(Duration.ofMinutes(50));
		this.simulation.call();
		assertThat(this.indicator.health().getDetails()).containsEntry("nextTry",
				Instant.EPOCH.plus(Duration.ofMinutes(50)).plus(TokenState.SAME_TOKEN_PAUSE));
	}

	@Test
	void isUpWhileRenewalFailsAndSaysSo() {
		this.simulation.call();
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		this.simulation.advance(Duration.ofMinutes(50));
		this.simulation.cache.handOut();
		this.simulation.settle();
		Health health = this.indicator.health();
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		assertThat(health.getDetails()).containsEntry("lastFetch", Instant.EPOCH.plus(Duration.ofMinutes(50)));
		assertThat(health.getDetails().get("lastOutcome")).asString().contains("responded with status 503");
		assertThat((Instant) health.getDetails().get("nextTry")).isAfter(Instant.EPOCH.plus(Duration.ofMinutes(50)));
	}

	@Test
	void namesOneTimeOfTheNextAttemptForARefusedToken() {
		this.simulation.cache.evict(this.simulation.call());
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		for (int i = 0; i < 8; i++) {
			this.simulation.call();
			this.simulation.advance(Duration.ofSeconds(15));
		}
		Health health = this.indicator.health();
		assertThat(health.getDetails().get("lastOutcome")).asString()
			.contains(String.valueOf(health.getDetails().get("nextTry")));
	}

	@Test
	void isDownWithoutATokenAfterAFailure() {
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(400, "invalid_client"));
		this.simulation.cache.obtain().onErrorComplete().subscribe();
		this.simulation.settle();
		Health health = this.indicator.health();
		assertThat(health.getStatus()).isEqualTo(Status.DOWN);
		assertThat(health.getDetails()).containsEntry("registrationId", "a55")
			.containsEntry("secondsLeft", 0L)
			.containsEntry("lastFetch", Instant.EPOCH)
			.doesNotContainKeys("tokenIssued", "tokenExpires");
		assertThat(health.getDetails().get("lastOutcome")).asString().contains("responded with status 400");
		assertThat((Instant) health.getDetails().get("nextTry")).isAfter(Instant.EPOCH);
		assertThat(this.simulation.fetches).hasValue(1);
	}

	@Test
	void isDownWhenTheTokenIsUsedUpAndItsRenewalFailed() {
		this.simulation.call();
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		this.simulation.advance(Duration.ofMinutes(50));
		this.simulation.cache.handOut();
		this.simulation.settle();
		this.simulation.advance(Duration.ofMinutes(10).minusSeconds(4));
		assertThat(this.simulation.cache.handOut()).isNull();
		assertThat(this.indicator.health().getStatus()).isEqualTo(Status.DOWN);
		this.simulation.advance(Duration.ofHours(1));
		assertThat(this.indicator.health().getStatus()).isEqualTo(Status.DOWN);
	}

	@Test
	void isUpForTheLastFractionOfASecondOfATokenThatIsServed() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("short", Duration.ofSeconds(5));
		this.simulation.call();
		this.simulation.advance(Duration.ofMillis(4500));
		assertThat(this.simulation.cache.handOut()).isNotNull();
		assertThat(this.indicator.health().getStatus()).isEqualTo(Status.UP);
	}

	@Test
	void isUnknownWhenAnIdleApplicationLetItsTokenExpire() {
		this.simulation.call();
		this.simulation.advance(Duration.ofHours(2));
		assertThat(this.indicator.health().getStatus()).isEqualTo(Status.UNKNOWN);
		assertThat(this.simulation.fetches).hasValue(1);
	}

	@Test
	void showsNoToken() {
		CachedAccessToken token = this.simulation.call();
		assertThat(this.indicator.health().toString()).doesNotContain(this.simulation.value(token));
	}

}
