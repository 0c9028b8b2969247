package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.security.oauth2.client.ClientAuthorizationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link AccessTokenCache} when the API refuses tokens, the token endpoint is
 * unavailable, or both.
 */
class AccessTokenCacheOutageTests {

	private final TokenSimulation simulation = new TokenSimulation();

	private final AccessTokenCache cache = this.simulation.cache;

	@AfterEach
	void close() {
		this.simulation.close();
	}

	@Test
	@DisplayName("Row 22: one 401 that is not about the token while the token endpoint is down")
	void aRefusedTokenIsTheLastResortWhileTheEndpointIsDown() {
		CachedAccessToken token = this.simulation.call();
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		assertThat(this.cache.evict(token)).isTrue();
		List<Object> replacements = new ArrayList<>();
		this.cache.replace(token).subscribe(replacements::add, replacements::add);
		assertThat(this.simulation.call()).isSameAs(token);
		assertThat(replacements).as("there is no other token").isEmpty();
		for (int second = 0; second < 3300; second++) {
			this.simulation.advance(Duration.ofSeconds(1));
			assertThat(this.cache.handOut()).as("after %s s", second).isSameAs(token);
		}
		assertThat(this.simulation.fetches.get()).isBetween(250, 340);
		this.simulation.endpoint = (count) -> TokenSimulation.token("next", Duration.ofHours(1));
		this.simulation.advance(Duration.ofSeconds(12));
		this.cache.handOut();
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("next");
	}

	@Test
	@DisplayName("Row 11: a late 401 for the old token")
	void evictsOnlyTheTokenThatWasRefused() {
		CachedAccessToken first = this.simulation.call();
		this.cache.evict(first);
		assertThat(this.cache.handOut()).isNull();
		CachedAccessToken second = this.simulation.call();
		assertThat(this.simulation.value(second)).isEqualTo("token-2");
		this.cache.evict(first);
		assertThat(this.cache.handOut()).isSameAs(second);
		assertThat(this.simulation.fetches).hasValue(2);
	}

	@Test
	void aRefusedTokenIsNotHandedOutBeforeTheFetchOfTheNextHasFailed() {
		CachedAccessToken token = this.simulation.call();
		this.simulation.endpoint = (count) -> TokenSimulation.token("next", Duration.ofHours(1))
			.delaySubscription(Duration.ofSeconds(2));
		this.cache.evict(token);
		assertThat(this.cache.handOut()).isNull();
		List<CachedAccessToken> served = new ArrayList<>();
		this.cache.obtain().subscribe(served::add);
		this.cache.replace(token).subscribe(served::add);
		assertThat(this.cache.handOut()).isNull();
		this.simulation.advance(Duration.ofSeconds(2));
		assertThat(served).extracting(this.simulation::value).containsExactly("next", "next");
		assertThat(this.simulation.fetches).hasValue(2);
	}

	@Test
	void aRefusedTokenIsNotHandedOutAfterItsEnd() {
		CachedAccessToken token = this.simulation.call();
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		this.cache.evict(token);
		assertThat(this.simulation.call()).isSameAs(token);
		this.simulation.advance(Duration.ofSeconds(3595));
		assertThat(this.cache.handOut()).isNull();
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call);
	}

	@Test
	void whoseTokenIsRefusedWaitsForAFetchThatIsUnderWay() {
		CachedAccessToken token = this.simulation.call();
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		this.cache.evict(token);
		this.simulation.call();
		this.simulation.endpoint = (count) -> TokenSimulation.token("next", Duration.ofHours(1))
			.delaySubscription(Duration.ofSeconds(2));
		this.simulation.advance(Duration.ofSeconds(2));
		assertThat(this.cache.handOut()).as("starts a fetch in the background").isSameAs(token);
		assertThat(this.cache.evict(token)).isTrue();
		List<CachedAccessToken> served = new ArrayList<>();
		this.cache.replace(token).subscribe(served::add);
		this.simulation.advance(Duration.ofSeconds(2));
		assertThat(served).extracting(this.simulation::value).containsExactly("next");
		assertThat(this.simulation.fetches).hasValue(3);
	}

	@Test
	void aSecondRefusalDuringACoolDownIsFinal() {
		CachedAccessToken token = this.simulation.call();
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		this.cache.evict(token);
		this.simulation.call();
		assertThat(this.cache.evict(token)).isFalse();
		assertThat(this.simulation.fetches).hasValue(2);
	}

	@Test
	void aCorrectedSecretReplacesARefusedTokenAtOnce() {
		CachedAccessToken token = this.simulation.call();
		this.simulation.endpoint = (count) -> this.simulation.receivedSecret.equals("secret")
				? Mono.error(TokenSimulation.answer(400, "invalid_client"))
				: TokenSimulation.token("next", Duration.ofHours(1));
		this.cache.evict(token);
		assertThat(this.simulation.call()).isSameAs(token);
		this.simulation.secret = () -> "other1";
		assertThat(this.cache.evict(token)).isTrue();
		List<CachedAccessToken> served = new ArrayList<>();
		this.cache.replace(token).subscribe(served::add);
		this.simulation.settle();
		assertThat(served).extracting(this.simulation::value).containsExactly("next");
	}

	@Test
	@DisplayName("Row 23: revoked three times within 30 s, each successor accepted in between")
	void threeTokensInARowMayBeRevoked() {
		CachedAccessToken token = this.simulation.call();
		for (int i = 2; i <= 4; i++) {
			assertThat(this.cache.evict(token)).isTrue();
			token = this.simulation.call();
			assertThat(this.simulation.value(token)).isEqualTo("token-" + i);
			this.simulation.advance(Duration.ofSeconds(10));
		}
		assertThat(this.simulation.fetches).hasValue(4);
		assertThat(this.cache.evict(token)).as("without budget").isFalse();
		assertThat(this.cache.handOut()).isSameAs(token);
		this.simulation.advance(Duration.ofSeconds(10));
		assertThat(this.cache.evict(token)).as("40 s after the first").isTrue();
		assertThat(this.simulation.evictions()).isEqualTo(4);
	}

	@Test
	void theSameTokenIssuedAgainIsNotEvictedForHalfAMinute() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("same", Duration.ofHours(1));
		CachedAccessToken token = this.simulation.call();
		assertThat(this.cache.evict(token)).isTrue();
		assertThat(this.simulation.call()).isSameAs(token);
		assertThat(this.cache.evict(token)).isFalse();
		assertThat(this.cache.handOut()).isSameAs(token);
		this.simulation.advance(Duration.ofSeconds(30));
		assertThat(this.cache.evict(token)).isTrue();
		assertThat(this.simulation.evictions()).isEqualTo(2);
	}

	@Test
	@DisplayName("Row 25: endpoint down 10 min with no token, then up")
	void anEndpointThatIsAvailableAgainIsFoundWithinTwelveSeconds() {
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		for (int second = 0; second < 600; second++) {
			assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call);
			this.simulation.advance(Duration.ofSeconds(1));
		}
		this.simulation.endpoint = (count) -> TokenSimulation.token("token", Duration.ofHours(1));
		this.simulation.advance(Duration.ofSeconds(12));
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("token");
	}

	@Test
	void aCoolDownThatBeganWithAUsableTokenGetsShorterWithTheEndOfTheToken() {
		this.simulation.call();
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		this.simulation.advance(Duration.ofMinutes(45));
		while (this.cache.handOut() != null) {
			this.simulation.advance(Duration.ofSeconds(1));
		}
		this.simulation.endpoint = (count) -> TokenSimulation.token("token", Duration.ofHours(1));
		this.simulation.advance(Duration.ofSeconds(12));
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("token");
	}

	@Test
	@DisplayName("Row 26: the scheduler throws an Error while 20 wait")
	void everyCallerIsServedIfNoThreadCanStart() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1))
			.delaySubscription(Duration.ofSeconds(2));
		List<CachedAccessToken> served = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			this.cache.obtain().subscribe(served::add);
		}
		Schedulers.onScheduleHook("failing", (task) -> {
			throw new OutOfMemoryError("unable to create native thread");
		});
		try {
			this.simulation.advance(Duration.ofSeconds(2));
			assertThat(served).hasSize(20);
		}
		finally {
			Schedulers.resetOnScheduleHook("failing");
		}
	}

	@Test
	@DisplayName("Row 26: a thread cannot start while the secret is read")
	void theNextCallWorksAfterAnErrorInTheReadOfTheSecret() {
		this.simulation.secretReader = Mono.error(new OutOfMemoryError("unable to create native thread"));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call)
			.withMessageContaining("the client secret cannot be read");
		this.simulation.secretReader = Mono.just("secret");
		this.simulation.advance(Duration.ofSeconds(2));
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("token-1");
	}

}
