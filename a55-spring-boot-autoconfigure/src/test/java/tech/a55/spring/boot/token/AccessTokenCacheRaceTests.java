package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.util.RaceTestUtils;

import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Races of callers, answers, refusals and closing in {@link AccessTokenCache}.
 */
class AccessTokenCacheRaceTests {

	private static final int ROUNDS = 1000;

	private final AtomicInteger fetches = new AtomicInteger();

	private final Queue<Object> outcomes = new ConcurrentLinkedQueue<>();

	private volatile Sinks.One<OAuth2AccessTokenResponse> answer = Sinks.one();

	@Test
	void coldCallersShareOneFetch() throws InterruptedException {
		for (int round = 0; round < ROUNDS; round++) {
			AccessTokenCache cache = newRound();
			CountDownLatch served = new CountDownLatch(4);
			answer("token");
			RaceTestUtils.race(callers(cache, served, 4));
			assertThat(served.await(5, TimeUnit.MINUTES)).isTrue();
			assertThat(this.outcomes).containsOnly("token");
			assertThat(this.fetches).hasValue(1);
		}
	}

	@Test
	void aCancellationThatMeetsTheAnswerTouchesNobodyElse() throws InterruptedException {
		for (int round = 0; round < ROUNDS; round++) {
			AccessTokenCache cache = newRound();
			Disposable first = cache.obtain().subscribe();
			CountDownLatch served = new CountDownLatch(3);
			List.of(callers(cache, served, 3)).forEach(Runnable::run);
			RaceTestUtils.race(first::dispose, () -> answer("token"));
			assertThat(served.await(5, TimeUnit.MINUTES)).isTrue();
			assertThat(this.outcomes).hasSize(3).containsOnly("token");
			assertThat(this.fetches).hasValue(1);
		}
	}

	@Test
	void refusalsOfOneTokenStartOneFetch() throws InterruptedException {
		for (int round = 0; round < ROUNDS; round++) {
			AccessTokenCache cache = newRound();
			answer("first");
			CachedAccessToken refused = Objects.requireNonNull(cache.obtain().block());
			this.answer = Sinks.one();
			answer("second");
			CountDownLatch served = new CountDownLatch(4);
			Runnable[] callers = callers(cache, served, 4);
			RaceTestUtils.race(IntStream.range(0, 4).<Runnable>mapToObj((i) -> () -> {
				cache.evict(refused);
				callers[i].run();
			}).toArray(Runnable[]::new));
			assertThat(served.await(5, TimeUnit.MINUTES)).isTrue();
			assertThat(this.outcomes).hasSize(4).containsOnly("second");
			assertThat(this.fetches).hasValue(2);
		}
	}

	@Test
	void closingThatMeetsCallersAndTheAnswerLeavesNobodyWaiting() throws InterruptedException {
		for (int round = 0; round < ROUNDS; round++) {
			AccessTokenCache cache = newRound();
			CountDownLatch settled = new CountDownLatch(2);
			Runnable[] callers = callers(cache, settled, 2);
			callers[0].run();
			RaceTestUtils.race(cache::destroy, callers[1], () -> answer("token"));
			assertThat(settled.await(5, TimeUnit.MINUTES)).isTrue();
			assertThat(this.outcomes).hasSize(2);
		}
	}

	@Test
	void waitersAreNotResumedOnTheThreadOnWhichTheTokenArrives() throws InterruptedException {
		AccessTokenCache cache = newRound();
		Queue<Thread> resumedOn = new ConcurrentLinkedQueue<>();
		CountDownLatch resumed = new CountDownLatch(100);
		for (int i = 0; i < 100; i++) {
			cache.obtain()
				.doFinally((signal) -> resumed.countDown())
				.subscribe((token) -> resumedOn.add(Thread.currentThread()));
		}
		Thread eventLoop = new Thread(() -> answer("token"));
		eventLoop.start();
		assertThat(resumed.await(5, TimeUnit.MINUTES)).isTrue();
		assertThat(resumedOn).hasSize(100).doesNotContain(eventLoop);
		assertThat(Set.copyOf(resumedOn)).hasSizeGreaterThanOrEqualTo(Math.min(2, Schedulers.DEFAULT_POOL_SIZE));
	}

	@Test
	void closingThatMeetsTheFirstCallerLeavesNoFetchBehind() {
		for (int round = 0; round < ROUNDS; round++) {
			AccessTokenCache cache = newRound();
			RaceTestUtils.race(cache::destroy, () -> cache.obtain().subscribe(this.outcomes::add, this.outcomes::add));
			assertThat(cache.state().fetch).isNull();
		}
	}

	private AccessTokenCache newRound() {
		this.fetches.set(0);
		this.outcomes.clear();
		this.answer = Sinks.one();
		return TokenSimulation.cache((request) -> {
			this.fetches.incrementAndGet();
			return this.answer.asMono();
		});
	}

	private void answer(String token) {
		TokenSimulation.token(token, Duration.ofHours(1)).subscribe(this.answer::tryEmitValue);
	}

	private Runnable[] callers(AccessTokenCache cache, CountDownLatch served, int count) {
		Mono<String> call = cache.obtain().map((token) -> token.accessToken().getTokenValue());
		return IntStream.range(0, count)
			.<Runnable>mapToObj((i) -> () -> call.doFinally((signal) -> served.countDown())
				.subscribe(this.outcomes::add, this.outcomes::add))
			.toArray(Runnable[]::new);
	}

}
