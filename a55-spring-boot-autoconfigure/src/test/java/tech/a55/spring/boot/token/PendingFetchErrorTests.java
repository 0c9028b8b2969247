package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PendingFetch} when a caller or a scheduler throws.
 */
class PendingFetchErrorTests {

	private static final Duration LONG = Duration.ofHours(1);

	private static final String HOOK = "failing-scheduler";

	private final FetchOutcome outcome = new FailedFetch(TokenSimulation.ACCOUNT, TokenSimulation.REGISTRATION,
			new IllegalStateException("down"), "secret", 1, new TokenClock(), 0);

	private final PendingFetch fetch = new PendingFetch(new TokenClock());

	private final List<Object> received = Collections.synchronizedList(new ArrayList<>());

	@AfterEach
	void reset() {
		Schedulers.resetOnScheduleHook(HOOK);
		Hooks.resetOnErrorDropped();
		VirtualTimeScheduler.reset();
	}

	@Test
	void whoComesAfterTheOutcomeGetsIt() {
		this.fetch.settle(this.outcome);
		assertThat(outcome().block()).isSameAs(this.outcome);
	}

	@Test
	@DisplayName("Row 26: a waiter's continuation throws an Error")
	void anErrorThrownByOneWaiterConcernsThatWaiterAlone() throws InterruptedException {
		Hooks.onErrorDropped((ex) -> {
		});
		CountDownLatch others = new CountDownLatch(19);
		for (int i = 0; i < 20; i++) {
			boolean throwing = i % 20 == 7;
			outcome().subscribe((outcome) -> {
				if (throwing) {
					throw new StackOverflowError("thrown by a waiter");
				}
				others.countDown();
			});
		}
		this.fetch.settle(this.outcome);
		assertThat(others.await(1, TimeUnit.HOURS)).isTrue();
	}

	@Test
	@DisplayName("Row 26: the scheduler throws an Error while 20 wait")
	void everyWaiterIsSettledIfTheSchedulerThrows() {
		for (int i = 0; i < 20; i++) {
			boolean throwing = i % 3 == 0;
			outcome().subscribe((outcome) -> {
				this.received.add(outcome);
				if (throwing) {
					throw new StackOverflowError("thrown by a waiter");
				}
			});
		}
		failToSchedule();
		this.fetch.settle(this.outcome);
		assertThat(this.received).hasSize(20).containsOnly(this.outcome);
	}

	@Test
	void whoCannotBeGivenATimeLimitIsToldWhy() {
		failToSchedule();
		AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
		outcome().subscribe(this.received::add, error::set);
		assertThat(error.get()).isInstanceOf(OutOfMemoryError.class);
		this.fetch.settle(this.outcome);
		assertThat(this.received).isEmpty();
	}

	@Test
	void aFetchThatIsNeverSettledIsOverdueForEachWaiter() {
		VirtualTimeScheduler scheduler = VirtualTimeScheduler.getOrSet();
		this.fetch.outcome(Duration.ofSeconds(11), () -> this.fetch.settle(this.outcome)).subscribe(this.received::add);
		scheduler.advanceTimeBy(Duration.ofMillis(10_999));
		assertThat(this.received).isEmpty();
		scheduler.advanceTimeBy(Duration.ofMillis(1));
		assertThat(this.received).containsExactly(this.outcome);
	}

	@Test
	void whoGivesUpIsNotResumedAndLeavesNoTimer() {
		VirtualTimeScheduler scheduler = VirtualTimeScheduler.getOrSet();
		Disposable waiter = this.fetch.outcome(Duration.ofSeconds(11), () -> this.received.add("overdue"))
			.subscribe(this.received::add);
		waiter.dispose();
		this.fetch.settle(this.outcome);
		scheduler.advanceTimeBy(LONG);
		assertThat(this.received).isEmpty();
	}

	private Mono<FetchOutcome> outcome() {
		return this.fetch.outcome(LONG, () -> this.received.add("overdue"));
	}

	private static void failToSchedule() {
		Schedulers.onScheduleHook(HOOK, (task) -> {
			throw new OutOfMemoryError("unable to create native thread");
		});
	}

}
