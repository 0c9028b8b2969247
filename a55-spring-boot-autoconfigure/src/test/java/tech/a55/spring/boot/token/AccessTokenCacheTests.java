package tech.a55.spring.boot.token;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.HttpStatusCode;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link AccessTokenCache} in virtual time.
 */
@ExtendWith(OutputCaptureExtension.class)
class AccessTokenCacheTests {

	private final TokenSimulation simulation = new TokenSimulation();

	private final AccessTokenCache cache = this.simulation.cache;

	@AfterEach
	void close() {
		this.simulation.close();
	}

	@Test
	void fetchesNothingUntilTheFirstCall() {
		this.simulation.advance(Duration.ofHours(1));
		assertThat(this.cache.handOut()).isNull();
		assertThat(this.simulation.fetches).hasValue(0);
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("token-1");
		assertThat(this.simulation.fetches).hasValue(1);
	}

	@Test
	@DisplayName("Row 1: 10,000 cold callers at once")
	void tenThousandColdCallersShareOneFetch() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1))
			.delaySubscription(Duration.ofMillis(100));
		List<String> served = new ArrayList<>();
		for (int i = 0; i < 10_000; i++) {
			this.cache.obtain().map(this.simulation::value).subscribe(served::add);
		}
		assertThat(served).isEmpty();
		this.simulation.advance(Duration.ofMillis(100));
		assertThat(served).hasSize(10_000).containsOnly("token-1");
		assertThat(this.simulation.fetches).hasValue(1);
	}

	@Test
	@DisplayName("Row 2: 1,000 calls/s across 20 renewals, endpoint 2 s slow")
	void noCallWaitsForARenewal() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofMinutes(1))
			.delaySubscription(Duration.ofSeconds(2));
		this.cache.obtain().subscribe();
		this.simulation.advance(Duration.ofSeconds(2));
		int waits = 0;
		while (this.simulation.fetches.get() <= 20 || this.cache.handOut() == null) {
			this.simulation.advance(Duration.ofMillis(1));
			if (this.cache.handOut() == null) {
				waits++;
			}
		}
		assertThat(waits).isZero();
		assertThat(this.simulation.fetches).hasValue(21);
		assertThat(this.simulation.scheduler.now(TimeUnit.SECONDS)).isGreaterThan(20 * 40);
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
	@DisplayName("Row 3: idle for 10 lives")
	void anIdleApplicationAsksForNothing() {
		this.simulation.call();
		this.simulation.advance(Duration.ofHours(10));
		assertThat(this.simulation.fetches).hasValue(1);
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("token-2");
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

	@Test
	@DisplayName("Row 5: first caller cancels at 50 different points")
	void aCallerThatCancelsEndsOnlyItsOwnWait() {
		for (int point = 0; point < 50; point++) {
			try (TokenSimulation simulation = new TokenSimulation()) {
				simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1))
					.delaySubscription(Duration.ofMillis(49));
				List<String> served = new ArrayList<>();
				Disposable first = simulation.cache.obtain().map(simulation::value).subscribe(served::add);
				for (int i = 0; i < 999; i++) {
					simulation.cache.obtain().map(simulation::value).subscribe(served::add);
				}
				simulation.advance(Duration.ofMillis(point));
				first.dispose();
				simulation.advance(Duration.ofMillis(50));
				assertThat(served).hasSizeBetween(999, (point < 49) ? 999 : 1000).containsOnly("token-1");
				assertThat(simulation.fetches).hasValue(1);
			}
		}
	}

	@Test
	void fetchesForACallerWhoseThreadIsInterruptedAndLeavesItSo() {
		AtomicBoolean interruptsTheFetch = new AtomicBoolean(true);
		this.simulation.endpoint = (count) -> {
			interruptsTheFetch.set(Thread.currentThread().isInterrupted());
			return TokenSimulation.token("token", Duration.ofHours(1));
		};
		Thread.currentThread().interrupt();
		this.cache.obtain().subscribe();
		assertThat(Thread.interrupted()).isTrue();
		assertThat(interruptsTheFetch).isFalse();
	}

	@Test
	@DisplayName("Row 5: all callers cancel")
	void theFetchGoesOnWhenAllCallersCancel() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1))
			.delaySubscription(Duration.ofMillis(100));
		List<Disposable> callers = new ArrayList<>();
		for (int i = 0; i < 1000; i++) {
			callers.add(this.cache.obtain().subscribe());
		}
		callers.forEach(Disposable::dispose);
		this.simulation.advance(Duration.ofMillis(100));
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("token-1");
		assertThat(this.simulation.fetches).hasValue(1);
	}

	@Test
	void anEndpointThatNeverAnswersFreesTheSlotAfterTheTimeout() {
		this.simulation.endpoint = (count) -> Mono.never();
		List<Throwable> failures = new ArrayList<>();
		this.cache.obtain().subscribe((token) -> {
		}, failures::add);
		this.simulation.advance(TokenSimulation.TIMEOUT.minusMillis(1));
		assertThat(failures).isEmpty();
		this.simulation.advance(Duration.ofMillis(1));
		assertThat(failures).hasSize(1);
		assertThat(failures.get(0)).isInstanceOf(ClientAuthorizationException.class)
			.hasCauseInstanceOf(TimeoutException.class)
			.hasMessageContaining("did not respond within 10000 ms (a55.token.timeout)");
		this.simulation.endpoint = (count) -> TokenSimulation.token("later", Duration.ofHours(1));
		this.simulation.advance(Duration.ofSeconds(2));
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("later");
	}

	static List<Supplier<Mono<OAuth2AccessTokenResponse>>> brokenAnswers() {
		return List.of(Mono::empty, () -> null, () -> Mono.error(new IllegalStateException("broken")),
				() -> Mono.error(new NoClassDefFoundError("broken")), () -> {
					throw new IllegalStateException("thrown");
				}, () -> {
					throw new NoClassDefFoundError("thrown");
				}, () -> Mono.error(new RejectedExecutionException("rejected")), () -> {
					throw new RejectedExecutionException("rejected");
				}, () -> Mono.error(TokenSimulation.answer(200, "invalid_token_response")));
	}

	@ParameterizedTest
	@MethodSource("brokenAnswers")
	@DisplayName("Row 7: broken answers")
	void noBrokenAnswerWedgesTheSlot(Supplier<Mono<OAuth2AccessTokenResponse>> broken) {
		this.simulation.endpoint = (count) -> broken.get();
		List<Throwable> failures = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			this.cache.obtain().subscribe((token) -> {
			}, failures::add);
		}
		this.simulation.settle();
		assertThat(failures).hasSize(10).hasOnlyElementsOfType(ClientAuthorizationException.class);
		this.simulation.endpoint = (count) -> TokenSimulation.token("later", Duration.ofHours(1));
		this.simulation.advance(Duration.ofSeconds(2));
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("later");
	}

	@Test
	void aSecretThatCannotBeReadDoesNotTakeAUsableTokenAway() {
		this.simulation.call();
		this.simulation.secret = () -> {
			throw new IllegalStateException("unreadable");
		};
		this.simulation.advance(Duration.ofMinutes(46));
		assertThat(this.cache.handOut()).isNotNull();
		this.simulation.advance(Duration.ofMinutes(14));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call)
			.withMessageContaining("the client secret cannot be read (a55.client-secret)")
			.withRootCauseInstanceOf(IllegalStateException.class);
		assertThat(this.simulation.fetches).hasValue(1);
		assertThat(this.cache.statistics().fetches()).isEqualTo(1);
	}

	@Test
	@DisplayName("Row 8: endpoint down from the renewal point to expiry")
	void aFailedRenewalIsInvisibleWhileTheTokenLives() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1));
		this.simulation.call();
		this.simulation.endpoint = (count) -> Mono.error(new IllegalStateException("down"));
		this.simulation.advance(Duration.ofMinutes(45));
		int before = this.simulation.fetches.get();
		for (int second = 0; second < 895; second++) {
			assertThat(this.cache.handOut()).isNotNull();
			this.simulation.advance(Duration.ofSeconds(1));
		}
		assertThat(this.simulation.fetches.get() - before).isBetween(12, 20);
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

	@Test
	@DisplayName("Row 10: invalid_client")
	void refusedCredentialsAreTriedOncePerHalfMinuteUntilTheSecretChanges() {
		this.simulation.endpoint = (count) -> this.simulation.receivedSecret.equals("rotated")
				? TokenSimulation.token("rotated-token", Duration.ofHours(1))
				: Mono.error(TokenSimulation.answer(400, "invalid_client"));
		for (int second = 0; second < 300; second++) {
			assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call)
				.satisfies((ex) -> assertThat(ex.getError().getErrorCode()).isEqualTo("invalid_client"));
			this.simulation.advance(Duration.ofSeconds(1));
		}
		assertThat(this.simulation.fetches.get()).isBetween(8, 10);
		this.simulation.secret = () -> "rotated";
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("rotated-token");
	}

	@Test
	void doesNotWaitForeverForTheSecretThatMayEndACoolDown() {
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(400, "invalid_client"));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call);
		this.simulation.secretReader = Mono.never();
		AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
		this.cache.obtain().subscribe((token) -> {
		}, error::set);
		this.simulation.advance(TokenSimulation.TIMEOUT);
		assertThat(error.get()).isInstanceOf(ClientAuthorizationException.class).hasMessageContaining("status 400");
		assertThat(this.simulation.fetches).hasValue(1);
	}

	@Test
	void hooksOfACallerSeeNoSecretAndHaveNoSayInTheFetch() {
		List<Object> seen = new ArrayList<>();
		this.simulation.endpoint = (count) -> TokenSimulation.token("hidden-token", Duration.ofHours(1))
			.map((response) -> {
				throw TokenSimulation.answer(400, "invalid_client");
			});
		for (int i = 0; i < 3; i++) {
			AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
			this.simulation.cache.obtain()
				.doOnDiscard(Object.class, seen::add)
				.doOnError(error::set)
				.onErrorContinue((ex, value) -> seen.add(String.valueOf(value)))
				.subscribe();
			this.simulation.settle();
		}
		assertThat(this.simulation.fetches).hasValue(1);
		assertThat(seen)
			.noneMatch((value) -> value.toString().contains("secret") || value.toString().contains("hidden"));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call)
			.withMessageContaining("responded with status 400");
	}

	@Test
	void tellsThatTheSecretWasNotReadInTime() {
		this.simulation.secretReader = Mono.never();
		AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
		this.simulation.cache.obtain().subscribe(null, error::set);
		this.simulation.advance(TokenSimulation.TIMEOUT);
		assertThat(error.get())
			.hasMessageContaining("the client secret cannot be read within 10000 ms (a55.client-secret)");
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

	@Test
	@DisplayName("Row 4: hit")
	void aHitTakesNoLockAndNoThreadHop() throws InterruptedException {
		this.simulation.call();
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		Queue<Long> blockedOrWaited = new ConcurrentLinkedQueue<>();
		Queue<Long> servedElsewhere = new ConcurrentLinkedQueue<>();
		CyclicBarrier warm = new CyclicBarrier(4);
		Runnable caller = () -> {
			Thread thread = Thread.currentThread();
			hitsServedElsewhere(10_000);
			arrive(warm);
			arrive(warm);
			ThreadInfo before = threads.getThreadInfo(thread.getId());
			long elsewhere = hitsServedElsewhere(100_000);
			ThreadInfo after = threads.getThreadInfo(thread.getId());
			servedElsewhere.add(elsewhere);
			blockedOrWaited.add(after.getBlockedCount() + after.getWaitedCount() - before.getBlockedCount()
					- before.getWaitedCount());
		};
		List<Thread> callers = Stream.generate(() -> new Thread(caller)).limit(4).toList();
		callers.forEach(Thread::start);
		for (Thread thread : callers) {
			thread.join();
		}
		assertThat(blockedOrWaited).hasSize(4).containsOnly(0L);
		assertThat(servedElsewhere).hasSize(4).containsOnly(0L);
	}

	private long hitsServedElsewhere(int calls) {
		Thread caller = Thread.currentThread();
		long[] served = new long[2];
		for (int call = 0; call < calls; call++) {
			this.cache.obtain().subscribe((token) -> served[(Thread.currentThread() == caller) ? 0 : 1]++);
		}
		assertThat(served[0] + served[1]).isEqualTo(calls);
		return served[1];
	}

	private static void arrive(CyclicBarrier barrier) {
		try {
			barrier.await();
		}
		catch (InterruptedException | BrokenBarrierException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void aFleetSpreadsItsCoolDowns() {
		Random random = new Random(3);
		Set<Instant> nextTries = new HashSet<>();
		for (int i = 0; i < 100; i++) {
			nextTries.add(new FailedFetch(TokenSimulation.REGISTRATION, new IllegalStateException("down"), "secret", 7,
					this.simulation.clock(), random.nextDouble())
				.nextTry(true));
		}
		assertThat(nextTries).hasSizeGreaterThan(90)
			.allSatisfy((nextTry) -> assertThat(nextTry).isBetween(Instant.EPOCH.plusSeconds(60),
					Instant.EPOCH.plusSeconds(72)));
	}

	@Test
	void aClosedCacheHandsOutNothing() {
		this.simulation.call();
		this.cache.destroy();
		assertThat(this.cache.handOut()).isNull();
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call)
			.satisfies(this::saysThatTheContextIsClosed);
	}

	@Test
	void keepsATokenThatTheEndpointIssuesAgain() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("same", Duration.ofMinutes(10));
		this.simulation.call();
		this.simulation.advance(Duration.ofMinutes(8));
		CachedAccessToken kept = this.cache.handOut();
		this.simulation.settle();
		assertThat(this.simulation.fetches).hasValue(2);
		for (int i = 0; i < 29; i++) {
			assertThat(this.cache.handOut()).isNotNull();
			this.simulation.advance(Duration.ofSeconds(1));
		}
		assertThat(this.simulation.fetches).hasValue(2);
		this.simulation.advance(Duration.ofSeconds(1));
		assertThat(this.cache.handOut()).isNotNull();
		assertThat(this.simulation.fetches).hasValue(3);
		assertThat(kept).isNotNull();
		this.simulation.advance(Duration.ofMinutes(2));
		assertThat(this.cache.handOut()).as("the life is not prolonged").isNull();
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

	@Test
	@DisplayName("Row 17: 1,000 engines started in the same second")
	void aFleetSpreadsItsRenewals() {
		Random random = new Random(7);
		List<AccessTokenCache> fleet = new ArrayList<>();
		for (int i = 0; i < 1000; i++) {
			fleet.add(this.simulation.newCache(random));
		}
		for (AccessTokenCache member : fleet) {
			member.obtain().subscribe();
			this.simulation.advance(Duration.ofMillis(1));
		}
		Map<Long, Integer> renewals = new HashMap<>();
		for (long second = 1; second < 3600; second++) {
			int before = this.simulation.fetches.get();
			fleet.forEach(AccessTokenCache::handOut);
			renewals.put(second, this.simulation.fetches.get() - before);
			this.simulation.advance(Duration.ofSeconds(1));
		}
		assertThat(this.simulation.fetches).hasValue(2000);
		assertThat(renewals.values()).allSatisfy((count) -> assertThat(count).isLessThanOrEqualTo(20));
	}

	@Test
	void closingAbortsTheExchange() {
		AtomicBoolean aborted = new AtomicBoolean();
		this.simulation.endpoint = (count) -> Mono.<OAuth2AccessTokenResponse>never()
			.doOnCancel(() -> aborted.set(true));
		this.cache.obtain().onErrorComplete().subscribe();
		this.cache.destroy();
		assertThat(aborted).isTrue();
	}

	@Test
	void closingSettlesAllWhoWait() {
		this.simulation.endpoint = (count) -> Mono.never();
		List<Throwable> failures = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			this.cache.obtain().subscribe((token) -> {
			}, failures::add);
		}
		this.cache.destroy();
		this.simulation.settle();
		assertThat(failures).hasSize(10).allSatisfy(this::saysThatTheContextIsClosed);
		this.cache.obtain().subscribe((token) -> {
		}, failures::add);
		assertThat(failures).hasSize(11).allSatisfy(this::saysThatTheContextIsClosed);
		assertThat(this.simulation.fetches).hasValue(1);
	}

	private void saysThatTheContextIsClosed(Throwable ex) {
		assertThat(ex).isInstanceOf(ClientAuthorizationException.class)
			.hasMessageContaining("the application context is closed");
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

}
