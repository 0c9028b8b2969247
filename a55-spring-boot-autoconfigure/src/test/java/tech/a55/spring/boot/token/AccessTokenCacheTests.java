package tech.a55.spring.boot.token;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

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

}
