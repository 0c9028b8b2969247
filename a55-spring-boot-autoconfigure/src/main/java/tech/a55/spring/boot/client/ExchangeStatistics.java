package tech.a55.spring.boot.client;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Counts the API requests that were retried since the application started, and keeps the
 * last rate limit of the API. They are kept here and not in the meters, because those may
 * be bound after the first call. Thread-safe.
 */
final class ExchangeStatistics {

	private final LongAdder replays = new LongAdder();

	private final Map<RetryReason, LongAdder> retries = new EnumMap<>(RetryReason.class);

	private volatile boolean watchesRateLimit;

	private volatile double rateLimit = Double.NaN;

	private volatile double rateLimitRemaining = Double.NaN;

	ExchangeStatistics() {
		for (RetryReason reason : RetryReason.values()) {
			this.retries.put(reason, new LongAdder());
		}
	}

	/**
	 * Read the rate limit from the headers of responses from now on. Without meters, it
	 * is not needed.
	 */
	void watchRateLimit() {
		this.watchesRateLimit = true;
	}

	void responded(ClientResponse response) {
		if (this.watchesRateLimit) {
			HttpHeaders headers = response.headers().asHttpHeaders();
			this.rateLimit = number(headers.getFirst("X-RateLimit-Limit"), this.rateLimit);
			this.rateLimitRemaining = number(headers.getFirst("X-RateLimit-Remaining"), this.rateLimitRemaining);
		}
	}

	private static double number(@Nullable String value, double previous) {
		try {
			return (value != null) ? Double.parseDouble(value) : previous;
		}
		catch (NumberFormatException ex) {
			return previous;
		}
	}

	void replayed() {
		this.replays.increment();
	}

	void retried(RetryReason reason) {
		Objects.requireNonNull(this.retries.get(reason)).increment();
	}

	long replays() {
		return this.replays.sum();
	}

	long retries(RetryReason reason) {
		return Objects.requireNonNull(this.retries.get(reason)).sum();
	}

	double rateLimit() {
		return this.rateLimit;
	}

	double rateLimitRemaining() {
		return this.rateLimitRemaining;
	}

}
