package tech.a55.spring.boot.client;

import java.util.concurrent.atomic.LongAdder;

/**
 * How many requests of the API were repeated since the application started. Counted here
 * rather than in meters, which may be bound after the first call. Thread-safe.
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
