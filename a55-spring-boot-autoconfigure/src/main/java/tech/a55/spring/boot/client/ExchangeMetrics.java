package tech.a55.spring.boot.client;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the API requests that are retried, each with a tag {@code client}: the name
 * of the account.
 * <ul>
 * <li>{@code a55.token.replays}: requests retried with the next token after a 401</li>
 * <li>{@code a55.client.retries}: requests retried after a rate limit, an outage or a
 * lost connection</li>
 * </ul>
 *
 * @since 0.1.0
 */
public final class ExchangeMetrics implements MeterBinder {

	private final ExchangeStatistics statistics;

	private final String client;

	/**
	 * Create the meters of the clients that the given configurer makes.
	 * @param configurer the configurer of the clients
	 */
	public ExchangeMetrics(A55ClientConfigurer configurer) {
		this(configurer.statistics(), configurer.accessTokens().account().name());
	}

	ExchangeMetrics(ExchangeStatistics statistics, String client) {
		this.statistics = statistics;
		this.client = client;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		FunctionCounter.builder("a55.token.replays", this.statistics, ExchangeStatistics::replays)
			.tag("client", this.client)
			.description("API requests retried with the next token")
			.register(registry);
		for (RetryReason reason : RetryReason.values()) {
			FunctionCounter.builder("a55.client.retries", this.statistics, (statistics) -> statistics.retries(reason))
				.tag("client", this.client)
				.tag("reason", reason.tag())
				.description("API requests retried after a rate limit, an outage or a lost connection")
				.register(registry);
		}
		this.statistics.watchRateLimit();
		Gauge.builder("a55.client.rate.limit", this.statistics, ExchangeStatistics::rateLimit)
			.tag("client", this.client)
			.description("Requests that the API allows in its window, as last seen in a response")
			.register(registry);
		Gauge.builder("a55.client.rate.remaining", this.statistics, ExchangeStatistics::rateLimitRemaining)
			.tag("client", this.client)
			.description("Requests that are left in the window of the API, as last seen in a response")
			.register(registry);
	}

}
