package tech.a55.spring.boot.token;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.security.oauth2.client.ClientAuthorizationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link AccessTokenCache}, in virtual time.
 */
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
		while (this.simulation.fetches.get() <= 20) {
			this.simulation.advance(Duration.ofMillis(1));
			if (!this.cache.obtain().toFuture().isDone()) {
				waits++;
			}
		}
		assertThat(waits).isZero();
		assertThat(this.simulation.fetches).hasValue(21);
		assertThat(this.simulation.scheduler.now(TimeUnit.SECONDS)).isGreaterThan(20 * 40);
	}

	@Test
	void callersThatMeetBetweenTheLookAndTheFetchShareIt() {
		AtomicInteger fetches = new AtomicInteger();
		InterruptedClock clock = new InterruptedClock();
		AccessTokenCache cache = cache(clock, fetches);
		List<String> served = new ArrayList<>();
		clock.meanwhile(() -> cache.obtain().map(this.simulation::value).subscribe(served::add));
		cache.obtain().map(this.simulation::value).subscribe(served::add);
		this.simulation.settle();
		assertThat(served).containsExactly("token-1", "token-1");
		clock.time = Duration.ofMinutes(46);
		clock.meanwhile(cache::handOut);
		cache.handOut();
		this.simulation.settle();
		assertThat(fetches).as("one more for the renewal").hasValue(2);
	}

	@Test
	void aCallThatMeetsTheEndOfTheApplicationFetchesNothing() {
		AtomicInteger fetches = new AtomicInteger();
		InterruptedClock clock = new InterruptedClock();
		AccessTokenCache cache = cache(clock, fetches);
		List<Throwable> failures = new ArrayList<>();
		clock.meanwhile(cache::destroy);
		cache.obtain().subscribe(null, failures::add);
		this.simulation.settle();
		assertThat(failures).hasSize(1).allSatisfy(this::saysThatTheContextIsClosed);
		assertThat(fetches).hasValue(0);
	}

	@Test
	void aTokenThatMeetsTheEndOfTheApplicationIsNotHandedOut() {
		InterruptedClock clock = new InterruptedClock();
		AtomicReference<@Nullable AccessTokenCache> closing = new AtomicReference<>();
		AccessTokenCache cache = new AccessTokenCache(new AccessTokenRequest(TokenSimulation.ACCOUNT,
				TokenSimulation.REGISTRATION, Mono.just("secret"), (request) -> {
					clock.meanwhile(() -> Objects.requireNonNull(closing.get()).destroy());
					return TokenSimulation.token("late", Duration.ofHours(1));
				}, TokenSimulation.TIMEOUT, ObservationRegistry.NOOP, null), 0.75, clock, () -> 0.5);
		closing.set(cache);
		List<Throwable> failures = new ArrayList<>();
		cache.obtain().subscribe(null, failures::add);
		this.simulation.settle();
		assertThat(cache.handOut()).isNull();
		cache.obtain().subscribe(null, failures::add);
		assertThat(failures).hasSize(2).allSatisfy(this::saysThatTheContextIsClosed);
	}

	private static AccessTokenCache cache(TokenClock clock, AtomicInteger fetches) {
		return new AccessTokenCache(
				new AccessTokenRequest(TokenSimulation.ACCOUNT, TokenSimulation.REGISTRATION, Mono.just("secret"),
						(request) -> TokenSimulation.token("token-" + fetches.incrementAndGet(), Duration.ofHours(1)),
						TokenSimulation.TIMEOUT, ObservationRegistry.NOOP, null),
				0.75, clock, () -> 0.5);
	}

	@Test
	void aNewSecretStartsNoFetchAfterTheEndOfTheApplication() {
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(400, "invalid_client"));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call);
		Sinks.One<String> secret = Sinks.one();
		this.simulation.secretReader = secret.asMono();
		List<Throwable> failures = new ArrayList<>();
		this.cache.obtain().subscribe(null, failures::add);
		this.cache.destroy();
		secret.tryEmitValue("other");
		this.simulation.settle();
		assertThat(failures).hasSize(1).allSatisfy(this::saysThatTheContextIsClosed);
		assertThat(this.simulation.fetches).hasValue(1);
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

	/**
	 * The JVM itself may let a thread wait, such as for a class. A lock would do so in
	 * each round.
	 */
	@Test
	@DisplayName("Row 4: hit")
	void aHitTakesNoLockAndNoThreadHop() throws InterruptedException {
		this.simulation.call();
		long blockedOrWaited = Long.MAX_VALUE;
		for (int round = 0; round < 5 && blockedOrWaited > 0; round++) {
			blockedOrWaited = blockedOrWaitedDuringHits();
		}
		assertThat(blockedOrWaited).isZero();
	}

	private long blockedOrWaitedDuringHits() throws InterruptedException {
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		Queue<Long> blockedOrWaited = new ConcurrentLinkedQueue<>();
		Queue<Long> servedAtOnce = new ConcurrentLinkedQueue<>();
		CyclicBarrier warm = new CyclicBarrier(4);
		Runnable caller = () -> {
			Thread thread = Thread.currentThread();
			threads.getThreadInfo(thread.getId());
			hitsServedAtOnce(10_000);
			arrive(warm);
			arrive(warm);
			ThreadInfo before = threads.getThreadInfo(thread.getId());
			long served = hitsServedAtOnce(100_000);
			ThreadInfo after = threads.getThreadInfo(thread.getId());
			servedAtOnce.add(served);
			blockedOrWaited.add(after.getBlockedCount() + after.getWaitedCount() - before.getBlockedCount()
					- before.getWaitedCount());
		};
		List<Thread> callers = Stream.generate(() -> new Thread(caller)).limit(4).toList();
		callers.forEach(Thread::start);
		for (Thread thread : callers) {
			thread.join();
		}
		assertThat(servedAtOnce).hasSize(4).containsOnly(100_000L);
		return blockedOrWaited.stream().mapToLong(Long::longValue).sum();
	}

	/**
	 * Return how many of the given calls got the token on their own thread before they
	 * returned.
	 */
	private long hitsServedAtOnce(int calls) {
		Thread caller = Thread.currentThread();
		long[] served = new long[1];
		for (int call = 0; call < calls; call++) {
			this.cache.obtain().subscribe((token) -> served[0] += (Thread.currentThread() == caller) ? 1 : 0);
		}
		return served[0];
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

	private void saysThatTheContextIsClosed(Throwable ex) {
		assertThat(ex).isInstanceOf(ClientAuthorizationException.class)
			.hasMessageContaining("the application context is closed");
	}

	/**
	 * A clock that lets something happen between two steps of whoever asks for the time.
	 */
	private static final class InterruptedClock extends TokenClock {

		private Duration time = Duration.ZERO;

		private @Nullable Runnable meanwhile;

		void meanwhile(Runnable meanwhile) {
			this.meanwhile = meanwhile;
		}

		@Override
		long nanoTime() {
			Runnable meanwhile = this.meanwhile;
			this.meanwhile = null;
			if (meanwhile != null) {
				meanwhile.run();
			}
			return this.time.toNanos();
		}

		@Override
		long currentTimeMillis() {
			return this.time.toMillis();
		}

	}

}
