package tech.a55.spring.boot.token;

import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;

/**
 * Makes outcomes of what a token request ends with. Renewals and cool-downs are spread at
 * random, so that not all instances of an application ask at the same time.
 */
final class FetchOutcomeFactory {

	private final AccessTokenRequest request;

	private final double refreshAfter;

	private final TokenClock clock;

	private final DoubleSupplier random;

	FetchOutcomeFactory(AccessTokenRequest request, double refreshAfter, TokenClock clock, DoubleSupplier random) {
		this.request = request;
		this.refreshAfter = refreshAfter;
		this.clock = clock;
		this.random = random;
	}

	/**
	 * Return the token that the response holds, or a failure if it cannot be used.
	 */
	FetchOutcome outcome(PendingFetch fetch, OAuth2AccessTokenResponse response, @Nullable FailedFetch previous) {
		try {
			CachedAccessToken token = new CachedAccessToken(response.getAccessToken(), fetch.startedNanos(),
					fetch.startedMillis(), this.refreshAfter * (1 - 0.1 * this.random.getAsDouble()));
			if (token.isUsable(token.age(this.clock))) {
				return token;
			}
			return failure(fetch, new IllegalStateException("The token had expired when it arrived"), previous);
		}
		catch (RuntimeException ex) {
			return failure(fetch, ex, previous);
		}
	}

	FailedFetch failure(PendingFetch fetch, Throwable ex, @Nullable FailedFetch previous) {
		int count = (previous != null) ? previous.count() + 1 : 1;
		return new FailedFetch(this.request, ex, fetch.clientSecret(), count, this.clock, this.random.getAsDouble());
	}

}
