package tech.a55.spring.boot.token;

import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * A fetch that failed, and the cool-down that follows it. Immutable.
 */
final class FailedFetch implements FetchOutcome {

	private static final Duration FIRST_COOL_DOWN = Duration.ofSeconds(1);

	private static final Duration LONGEST_COOL_DOWN = Duration.ofSeconds(60);

	/**
	 * Without a usable token calls fail, so an endpoint that is available again must be
	 * found soon.
	 */
	private static final Duration LONGEST_COOL_DOWN_WITHOUT_TOKEN = Duration.ofSeconds(10);

	private static final Duration CONFIGURATION_COOL_DOWN = Duration.ofSeconds(30);

	private static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(5);

	/**
	 * Jitter only lengthens a cool-down. If it also shortened cool-downs, an endpoint
	 * that stays unavailable would often get more than 20 requests in 15 minutes.
	 */
	private static final double JITTER = 0.2;

	private final AccountName account;

	private final ClientRegistration registration;

	private final Throwable cause;

	private final @Nullable String clientSecret;

	private final int count;

	private final Instant failedAt;

	private final long failedAtNanos;

	private final long coolDown;

	private final long coolDownWithoutToken;

	/**
	 * Create a failure.
	 * @param account the account that the token is for
	 * @param registration the client that requested the token
	 * @param cause what went wrong
	 * @param clientSecret the secret that was sent, or {@code null} if none was sent
	 * @param count how many fetches in a row have failed, including this one
	 * @param clock the clock from which the cool-down starts
	 * @param random a number from 0 to 1 that spreads the cool-downs of many instances
	 */
	FailedFetch(AccountName account, ClientRegistration registration, Throwable cause, @Nullable String clientSecret,
			int count, TokenClock clock, double random) {
		this.account = account;
		this.registration = registration;
		this.cause = cause;
		this.clientSecret = clientSecret;
		this.count = count;
		this.failedAt = Instant.ofEpochMilli(clock.currentTimeMillis());
		this.failedAtNanos = clock.nanoTime();
		this.coolDown = coolDown(LONGEST_COOL_DOWN, random);
		this.coolDownWithoutToken = coolDown(LONGEST_COOL_DOWN_WITHOUT_TOKEN, random);
	}

	private long coolDown(Duration longest, double random) {
		Duration coolDown = CONFIGURATION_COOL_DOWN;
		if (!isConfigurationError()) {
			Duration doubled = FIRST_COOL_DOWN.multipliedBy(1L << Math.min(this.count - 1, 6));
			coolDown = (doubled.compareTo(longest) < 0) ? doubled : longest;
		}
		return Math.max((long) (coolDown.toNanos() * (1 + JITTER * random)), retryAfter().toNanos());
	}

	private Duration retryAfter() {
		Duration retryAfter = (this.cause instanceof AccessTokenResponseException response) ? response.getRetryAfter()
				: null;
		if (retryAfter == null) {
			return Duration.ZERO;
		}
		return (retryAfter.compareTo(LONGEST_RETRY_AFTER) < 0) ? retryAfter : LONGEST_RETRY_AFTER;
	}

	boolean isConfigurationError() {
		return this.cause instanceof AccessTokenResponseException response && response.isConfigurationError();
	}

	/**
	 * Whether no fetch may start yet.
	 * @param nanos the time on the monotonic clock
	 * @param usable whether there is a usable token
	 */
	boolean isCoolingDown(long nanos, boolean usable) {
		return nanos - this.failedAtNanos < coolDown(usable);
	}

	private long coolDown(boolean usable) {
		return usable ? this.coolDown : this.coolDownWithoutToken;
	}

	@Nullable String clientSecret() {
		return this.clientSecret;
	}

	int count() {
		return this.count;
	}

	Instant failedAt() {
		return this.failedAt;
	}

	Instant nextTry(boolean usable) {
		return this.failedAt.plusNanos(coolDown(usable)).truncatedTo(ChronoUnit.MILLIS);
	}

	/**
	 * Return a new exception for one caller without a usable token. Exceptions are not
	 * shared, because Reactor modifies those that blocking callers get.
	 */
	ClientAuthorizationException toException() {
		OAuth2Error error = (this.cause instanceof OAuth2AuthorizationException ex) ? ex.getError()
				: new OAuth2Error(AccessTokenResponseException.INVALID_TOKEN_RESPONSE);
		return new ClientAuthorizationException(error, this.registration.getRegistrationId(),
				"No access token for " + this.account.label() + ": " + describe(false), this.cause);
	}

	/**
	 * Describe the request, its failure and the time of the next attempt.
	 */
	String describe(boolean usable) {
		return describeRequest() + ". The next attempt is at " + nextTry(usable) + " at the earliest.";
	}

	private String describeRequest() {
		if (this.clientSecret == null) {
			String limit = (this.cause instanceof TimeoutException) ? " within " + this.cause.getMessage() : "";
			return "the client secret cannot be read" + limit + " (" + this.account.property("client-secret") + ")";
		}
		return "POST " + this.registration.getProviderDetails().getTokenUri() + " " + describeFailure();
	}

	private String describeFailure() {
		if (this.cause instanceof AccessTokenResponseException response) {
			return Objects.requireNonNull(response.getMessage());
		}
		if (this.cause instanceof TimeoutException) {
			return "did not respond within " + this.cause.getMessage() + " (a55.token.timeout)";
		}
		if (this.cause instanceof WebClientRequestException) {
			return "got no response: " + connectionFailure();
		}
		return "failed: " + NestedExceptionUtils.getMostSpecificCause(this.cause).getClass().getName();
	}

	/**
	 * Return the root cause, or the one that has the name of a host. What caused that one
	 * says less: that a query failed, for example.
	 */
	private Throwable connectionFailure() {
		for (Throwable cause = this.cause; cause != null; cause = cause.getCause()) {
			if (cause instanceof UnknownHostException) {
				return cause;
			}
		}
		return NestedExceptionUtils.getMostSpecificCause(this.cause);
	}

}
