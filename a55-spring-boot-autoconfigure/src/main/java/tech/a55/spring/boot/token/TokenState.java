package tech.a55.spring.boot.token;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.security.oauth2.client.ClientAuthorizationException;

/**
 * What is known of the access token at one moment, and what may follow from it.
 * Immutable: each transition returns the next state and touches nothing else.
 *
 * <h2>States</h2>
 * <table>
 * <caption>What a call finds, and what it gets</caption>
 * <tr>
 * <th>state</th>
 * <th>condition</th>
 * <th>a call gets</th>
 * </tr>
 * <tr>
 * <td>fresh</td>
 * <td>the token's age is less than the renewal point</td>
 * <td>the token, without a lock, an allocation or a thread hop</td>
 * </tr>
 * <tr>
 * <td>due</td>
 * <td>past the renewal point, still usable</td>
 * <td>the token; the first call starts a renewal in the background</td>
 * </tr>
 * <tr>
 * <td>suspect</td>
 * <td>the API refused the token, and no fetch has succeeded since</td>
 * <td>the outcome of the one fetch, which the first call starts; the suspect token itself
 * once a fetch has failed, while further calls start fetches in the background</td>
 * </tr>
 * <tr>
 * <td>none</td>
 * <td>never fetched, or expired except for the margin of min(5 s, 5 %)</td>
 * <td>the outcome of the one fetch, which the first call starts</td>
 * </tr>
 * <tr>
 * <td>cooling down</td>
 * <td>none, and the last fetch failed a short while ago</td>
 * <td>at once a {@link ClientAuthorizationException} with the cause of that failure and
 * the time of the next try</td>
 * </tr>
 * <tr>
 * <td>closed</td>
 * <td>the context is closed</td>
 * <td>at once a {@link ClientAuthorizationException}</td>
 * </tr>
 * </table>
 * In each of them except closed, one fetch may be under way, never more.
 *
 * <h2>Transitions</h2>
 * <ul>
 * <li><b>A fetch starts</b> only when a call finds the token due or none; there is no
 * timer. The cache owns the fetch: no caller can cancel it.</li>
 * <li><b>It succeeds</b>: fresh. The life counts from the moment the request was sent, by
 * the monotonic clock or the wall clock, whichever says that more of it has passed. The
 * renewal point is drawn from the last tenth before the configured part of the life, so
 * that a fleet spreads. If the endpoint issued the same token again, the old one is kept
 * unchanged and not renewed for 30 s.</li>
 * <li><b>It fails</b>, by an error, an empty response, a time-out or a throw: a usable
 * token stays. No fetch starts for 1 s, doubling with each failure in a row to 60 s, or
 * to 10 s while there is no usable token, for 30 s if the endpoint refuses the
 * configuration (400, 401), and not before the endpoint's {@code Retry-After} of up to 5
 * min. Without a usable token, a client secret that has changed ends the cool-down of a
 * refused configuration at once.</li>
 * <li><b>The API refuses a token</b> with 401: suspect, if it is the token at hand and
 * the budget allows it, which is three at once and one more for every 40 s. A permission
 * problem is no reason to ask for tokens.</li>
 * <li><b>The context is closed</b>: closed. The fetch is aborted, its waiters fail.</li>
 * </ul>
 */
final class TokenState {

	/**
	 * How long an endpoint that issued the same token again is not asked to renew it.
	 */
	static final Duration SAME_TOKEN_PAUSE = Duration.ofSeconds(30);

	/**
	 * How long it takes until one more token may be evicted. Ten minutes of 401 cost 20
	 * fetches at most.
	 */
	static final Duration EVICTION_INTERVAL = Duration.ofSeconds(40);

	private static final int EVICTIONS_AT_ONCE = 3;

	/**
	 * After the end of the application. No transition leads out of it.
	 */
	static final TokenState CLOSED = new TokenState(null, false, null, null, 0, 0);

	/**
	 * The token to hand out as long as it is usable, or {@code null} before the first
	 * fetch.
	 */
	final @Nullable CachedAccessToken token;

	/**
	 * Whether the API refused the token.
	 */
	final boolean suspect;

	/**
	 * The one fetch that is under way, or {@code null}.
	 */
	final @Nullable PendingFetch fetch;

	/**
	 * The failure of the last fetch, or {@code null} if that succeeded.
	 */
	final @Nullable FailedFetch failure;

	/**
	 * When the endpoint may be asked to replace a usable token.
	 */
	private final long renewableFromNanos;

	/**
	 * When all evictions are allowed for again, which each of them puts off by the
	 * interval.
	 */
	private final long evictionsRegainedNanos;

	private TokenState(@Nullable CachedAccessToken token, boolean suspect, @Nullable PendingFetch fetch,
			@Nullable FailedFetch failure, long renewableFromNanos, long evictionsRegainedNanos) {
		this.token = token;
		this.suspect = suspect;
		this.fetch = fetch;
		this.failure = failure;
		this.renewableFromNanos = renewableFromNanos;
		this.evictionsRegainedNanos = evictionsRegainedNanos;
	}

	static TokenState initial(long nanos) {
		return new TokenState(null, false, null, null, nanos, nanos);
	}

	boolean isClosed() {
		return this == CLOSED;
	}

	boolean isUsable(TokenClock clock) {
		return this.token != null && this.token.isUsable(this.token.age(clock));
	}

	/**
	 * Return how long the token still lives, or zero without one.
	 */
	Duration timeToLive(TokenClock clock) {
		return (this.token != null) ? this.token.timeToLive(this.token.age(clock)) : Duration.ZERO;
	}

	/**
	 * Whether a fetch may start although there is a usable token.
	 */
	boolean mayRenew(long nanos) {
		return this.fetch == null && nanos - this.renewableFromNanos >= 0 && !isCoolingDown(nanos, !this.suspect);
	}

	/**
	 * Whether no fetch may start because the last one failed.
	 */
	boolean isCoolingDown(long nanos, boolean usable) {
		return this.failure != null && this.failure.isCoolingDown(nanos, usable);
	}

	/**
	 * Return the time of the last failure, or of the request for the current token.
	 */
	@Nullable Instant lastFetch() {
		if (this.failure != null) {
			return this.failure.failedAt();
		}
		return (this.token != null) ? this.token.accessToken().getIssuedAt() : null;
	}

	/**
	 * Return the time from which a call starts the next fetch, in the past if one could
	 * have done so already, or {@code null} without a token or a failure.
	 */
	@Nullable Instant nextTry(TokenClock clock) {
		boolean usable = isUsable(clock);
		if (this.failure != null) {
			return this.failure.nextTry(usable && !this.suspect);
		}
		if (this.token == null || !usable) {
			return null;
		}
		long nanos = this.suspect ? 0
				: Math.max(this.token.timeToRenewal(clock), this.renewableFromNanos - clock.nanoTime());
		return Instant.ofEpochMilli(clock.currentTimeMillis()).plusNanos(nanos).truncatedTo(ChronoUnit.MILLIS);
	}

	TokenState fetching(PendingFetch fetch) {
		return new TokenState(this.token, this.suspect, fetch, this.failure, this.renewableFromNanos,
				this.evictionsRegainedNanos);
	}

	/**
	 * Return the state after the fetch that is under way has come to the given outcome.
	 */
	TokenState settled(FetchOutcome outcome, TokenClock clock) {
		if (outcome instanceof FailedFetch failed) {
			return new TokenState(this.token, this.suspect, null, failed, this.renewableFromNanos,
					this.evictionsRegainedNanos);
		}
		CachedAccessToken fresh = (CachedAccessToken) outcome;
		boolean same = this.token != null && this.token.hasValueOf(fresh) && isUsable(clock);
		long renewableFromNanos = clock.nanoTime() + (same ? SAME_TOKEN_PAUSE.toNanos() : 0);
		return new TokenState(same ? this.token : fresh, false, null, null, renewableFromNanos,
				this.evictionsRegainedNanos);
	}

	/**
	 * Whether a refusal of the given token by the API makes it suspect: it must be the
	 * one at hand, and the budget must allow it.
	 */
	boolean evicts(CachedAccessToken refused, long nanos) {
		return isAtHand(refused) && !this.suspect && nanos - this.renewableFromNanos >= 0
				&& this.evictionsRegainedNanos - nanos <= EVICTION_INTERVAL.toNanos() * (EVICTIONS_AT_ONCE - 1);
	}

	TokenState refused(CachedAccessToken refused, long nanos) {
		if (!evicts(refused, nanos)) {
			return this;
		}
		long regained = nanos + Math.max(0, this.evictionsRegainedNanos - nanos) + EVICTION_INTERVAL.toNanos();
		return new TokenState(this.token, true, this.fetch, this.failure, this.renewableFromNanos, regained);
	}

	/**
	 * Whether another token than the given one is at hand, or may be fetched. A refused
	 * configuration may have been corrected.
	 */
	boolean mayReplace(CachedAccessToken refused, TokenClock clock) {
		if (isClosed() || !isAtHand(refused)) {
			return !isClosed();
		}
		if (!this.suspect) {
			return !isUsable(clock);
		}
		return this.fetch != null || this.failure == null || this.failure.isConfigurationError()
				|| !this.failure.isCoolingDown(clock.nanoTime(), false);
	}

	private boolean isAtHand(CachedAccessToken other) {
		return this.token != null && this.token.hasValueOf(other);
	}

}
