package tech.a55.spring.boot.token;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts fetches and evictions since the application started. They are counted here and
 * not in the meters, because those may be bound after the first fetch.
 */
final class AccessTokenStatistics {

	private final LongAdder successes = new LongAdder();

	private final LongAdder failures = new LongAdder();

	private final LongAdder fetchNanos = new LongAdder();

	private final LongAdder shared = new LongAdder();

	private final LongAdder evictions = new LongAdder();

	/**
	 * Count a fetch. One that asked no endpoint either took a token that another instance
	 * has shared, or had no client secret to ask with.
	 */
	void fetched(FetchOutcome outcome, boolean askedEndpoint, long nanos) {
		boolean success = outcome instanceof CachedAccessToken;
		if (askedEndpoint) {
			(success ? this.successes : this.failures).increment();
			this.fetchNanos.add(nanos);
		}
		else if (success) {
			this.shared.increment();
		}
	}

	void evicted() {
		this.evictions.increment();
	}

	long successes() {
		return this.successes.sum();
	}

	long failures() {
		return this.failures.sum();
	}

	long fetches() {
		return successes() + failures();
	}

	long fetchNanos() {
		return this.fetchNanos.sum();
	}

	long sharedTokens() {
		return this.shared.sum();
	}

	long evictions() {
		return this.evictions.sum();
	}

}
