package tech.a55.spring.boot.token;

import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the access token, each with a tag {@code client}: the name of the account.
 * <ul>
 * <li>{@code a55.token.fetches}: requests to the token endpoint, by {@code outcome}
 * ({@code success}, {@code failure}). If instances share the token, {@code shared} counts
 * the fetches for which the endpoint was not asked</li>
 * <li>{@code a55.token.fetch.duration}: how long they took</li>
 * <li>{@code a55.token.evictions}: tokens discarded because the API refused them</li>
 * <li>{@code a55.token.remaining}: how long the current token is still valid, 0 if there
 * is none</li>
 * </ul>
 *
 * @since 0.1.0
 */
public final class AccessTokenMetrics implements MeterBinder {

	private final AccessTokenCache accessTokens;

	/**
	 * Create the meters of the given cache.
	 * @param accessTokens the cache to measure
	 */
	public AccessTokenMetrics(AccessTokenCache accessTokens) {
		this.accessTokens = accessTokens;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		AccessTokenStatistics statistics = this.accessTokens.statistics();
		String client = this.accessTokens.account().name();
		FunctionCounter.builder("a55.token.fetches", statistics, AccessTokenStatistics::successes)
			.tag("outcome", "success")
			.tag("client", client)
			.description("Fetches of the access token")
			.register(registry);
		FunctionCounter.builder("a55.token.fetches", statistics, AccessTokenStatistics::failures)
			.tag("outcome", "failure")
			.tag("client", client)
			.description("Fetches of the access token")
			.register(registry);
		if (this.accessTokens.isShared()) {
			FunctionCounter.builder("a55.token.fetches", statistics, AccessTokenStatistics::sharedTokens)
				.tag("outcome", "shared")
				.tag("client", client)
				.description("Fetches of the access token")
				.register(registry);
		}
		FunctionTimer
			.builder("a55.token.fetch.duration", statistics, AccessTokenStatistics::fetches,
					AccessTokenStatistics::fetchNanos, TimeUnit.NANOSECONDS)
			.tag("client", client)
			.description("Duration of requests to the token endpoint")
			.register(registry);
		FunctionCounter.builder("a55.token.evictions", statistics, AccessTokenStatistics::evictions)
			.tag("client", client)
			.description("Tokens discarded because the API refused them")
			.register(registry);
		TimeGauge
			.builder("a55.token.remaining", this.accessTokens, TimeUnit.MILLISECONDS,
					(cache) -> cache.state().timeToLive(cache.clock()).toMillis())
			.tag("client", client)
			.description("Remaining life of the current token")
			.register(registry);
	}

}
