package tech.a55.spring.boot.client;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the API requests that were retried since the application started. They are
 * counted here and not in the meters, because those may be bound after the first call.
 * Thread-safe.
 */
final class ExchangeStatistics {

	private final LongAdder replays = new LongAdder();

	private final LongAdder retries = new LongAdder();

	void replayed() {
		this.replays.increment();
	}

	void retried() {
		this.retries.increment();
	}

	long replays() {
		return this.replays.sum();
	}

	long retries() {
		return this.retries.sum();
	}

}
