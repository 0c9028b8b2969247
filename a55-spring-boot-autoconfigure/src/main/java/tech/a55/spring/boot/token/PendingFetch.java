package tech.a55.spring.boot.token;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * A fetch that is under way, and those who wait for it.
 * <p>
 * Waiters hold a view of the outcome: cancelling it ends their wait and nothing else.
 * They are resumed on the threads of {@link Schedulers#parallel()}. On the event loop on
 * which the token arrived they would all open their connections, and keep them there.
 */
final class PendingFetch {

	private final long startedNanos;

	private final long startedMillis;

	private final Sinks.One<FetchOutcome> outcome = Sinks.one();

	private final Disposable.Swap exchange = Disposables.swap();

	private volatile @Nullable String clientSecret;

	PendingFetch(TokenClock clock) {
		this.startedNanos = clock.nanoTime();
		this.startedMillis = clock.currentTimeMillis();
	}

	void sends(String clientSecret) {
		this.clientSecret = clientSecret;
	}

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
	 * Note the exchange that runs for this fetch; it ends with {@link #abort()}.
	 */
	void runs(Disposable exchange) {
		this.exchange.replace(exchange);
	}

	void abort() {
		this.exchange.dispose();
	}

	void settle(FetchOutcome outcome) {
		this.outcome.tryEmitValue(outcome);
	}

	Mono<FetchOutcome> outcome() {
		return this.outcome.asMono().publishOn(Schedulers.parallel());
	}

}
