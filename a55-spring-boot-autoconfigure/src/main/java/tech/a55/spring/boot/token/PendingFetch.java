package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;

/**
 * A fetch that is under way, and the callers that wait for it. Thread-safe.
 * <p>
 * Each caller gets the outcome independently of the others. An error that its code
 * throws, or the scheduler that resumes it, affects that caller only. Callers are resumed
 * on the threads of {@link Schedulers#parallel()}. Otherwise they would all open their
 * connections on the event loop that received the token, and stay there.
 */
final class PendingFetch {

	private final TokenClock clock;

	private long startedNanos;

	private long startedMillis;

	private final Set<MonoSink<FetchOutcome>> waiters = ConcurrentHashMap.newKeySet();

	private final Disposable.Swap exchange = Disposables.swap();

	private volatile @Nullable FetchOutcome outcome;

	private volatile @Nullable String clientSecret;

	PendingFetch(TokenClock clock) {
		this.clock = clock;
		start();
	}

	private void start() {
		this.startedNanos = this.clock.nanoTime();
		this.startedMillis = this.clock.currentTimeMillis();
	}

	/**
	 * Count the time from here, because the request is about to be sent. What was done
	 * before does not shorten the life of the token.
	 */
	void sends(String clientSecret) {
		start();
		this.clientSecret = clientSecret;
	}

	/**
	 * Return the client secret that was sent, or {@code null} if the token endpoint was
	 * not asked.
	 */
	@Nullable String clientSecret() {
		return this.clientSecret;
	}

	long startedNanos() {
		return this.startedNanos;
	}

	long startedMillis() {
		return this.startedMillis;
	}

	/**
	 * Set the exchange that runs for this fetch, so that {@link #abort()} can end it.
	 */
	void runs(Disposable exchange) {
		this.exchange.replace(exchange);
	}

	void abort() {
		this.exchange.dispose();
	}

	void settle(FetchOutcome outcome) {
		this.outcome = outcome;
		resumeWaiters(outcome);
	}

	/**
	 * Emit the outcome. To cancel the subscription ends the wait of that subscriber only.
	 * @param limit the longest wait
	 * @param overdue what to do about a fetch that has no outcome by then: it must be
	 * settled
	 */
	Mono<FetchOutcome> outcome(Duration limit, Runnable overdue) {
		return Mono.create((waiter) -> {
			try {
				this.waiters.add(waiter);
				Disposable timer = Schedulers.parallel().schedule(overdue, limit.toNanos(), TimeUnit.NANOSECONDS);
				waiter.onDispose(() -> {
					timer.dispose();
					this.waiters.remove(waiter);
				});
			}
			catch (Throwable ex) {
				this.waiters.remove(waiter);
				waiter.error(ex);
			}
			FetchOutcome outcome = this.outcome;
			if (outcome != null) {
				resumeWaiters(outcome);
			}
		});
	}

	private void resumeWaiters(FetchOutcome outcome) {
		this.waiters.forEach((waiter) -> {
			if (this.waiters.remove(waiter)) {
				resume(waiter, outcome);
			}
		});
	}

	private static void resume(MonoSink<FetchOutcome> waiter, FetchOutcome outcome) {
		try {
			Schedulers.parallel().schedule(() -> waiter.success(outcome));
		}
		catch (Throwable ex) {
			resumeHere(waiter, outcome);
		}
	}

	@SuppressWarnings("EmptyCatch")
	private static void resumeHere(MonoSink<FetchOutcome> waiter, FetchOutcome outcome) {
		try {
			waiter.success(outcome);
		}
		catch (Throwable ex) {
			// Thrown by the code of that caller. The others still wait for the outcome
		}
	}

}
