package tech.a55.spring.boot.token;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;

/**
 * Makes outcomes of what a token request ends with. Renewals and cool-downs are spread at
 * random, so that not all instances of an application ask at the same time.
 */
final class FetchOutcomeFactory {

	private final AccountName account;

	private final ClientRegistration registration;

	private final double refreshAfter;

	private final TokenClock clock;

	private final DoubleSupplier random;

	FetchOutcomeFactory(AccountName account, ClientRegistration registration, double refreshAfter, TokenClock clock,
			DoubleSupplier random) {
		this.account = account;
		this.registration = registration;
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
					fetch.startedMillis(), renewalPart());
			if (token.isUsable(token.age(this.clock))) {
				return token;
			}
			return failure(fetch, new IllegalStateException("The token had expired when it arrived"), previous);
		}
		catch (RuntimeException ex) {
			return failure(fetch, ex, previous);
		}
	}

	/**
	 * Return a token that another instance has shared, or {@code null} if it is not
	 * taken. Without a usable token it is taken even if its renewal is due. The next call
	 * then starts the renewal, which may fail for a while.
	 * @param accessToken the token, issued when that instance requested it
	 * @param last the last token of this instance
	 */
	@Nullable CachedAccessToken shared(OAuth2AccessToken accessToken, @Nullable CachedAccessToken last) {
		long requestedMillis = Objects.requireNonNull(accessToken.getIssuedAt()).toEpochMilli();
		long age = TimeUnit.MILLISECONDS.toNanos(this.clock.currentTimeMillis() - requestedMillis);
		CachedAccessToken token = new CachedAccessToken(accessToken, this.clock.nanoTime() - age, requestedMillis,
				renewalPart());
		boolean young = age >= 0 && (isUsable(last) ? !token.isRenewalDue(age) : token.isUsable(age));
		return (young && (last == null || token.replaces(last))) ? token : null;
	}

	boolean isUsable(@Nullable CachedAccessToken token) {
		return token != null && token.isUsable(token.age(this.clock));
	}

	private double renewalPart() {
		return this.refreshAfter * (1 - 0.1 * this.random.getAsDouble());
	}

	FailedFetch failure(PendingFetch fetch, Throwable ex, @Nullable FailedFetch previous) {
		int count = (previous != null) ? previous.count() + 1 : 1;
		return new FailedFetch(this.account, this.registration, ex, fetch.clientSecret(), count, this.clock,
				this.random.getAsDouble());
	}

}
