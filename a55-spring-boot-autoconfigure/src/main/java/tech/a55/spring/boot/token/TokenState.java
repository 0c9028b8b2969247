package tech.a55.spring.boot.token;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.security.oauth2.client.ClientAuthorizationException;

/**
 * What is known about the access token at one moment, and what may follow from it.
 * Immutable: a transition returns the next state and has no side effect.
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
 * <td>none, and the last fetch has just failed</td>
 * <td>at once a {@link ClientAuthorizationException} with the cause of that failure and
 * the time of the next attempt</td>
 * </tr>
 * <tr>
 * <td>closed</td>
 * <td>the context is closed</td>
 * <td>at once a {@link ClientAuthorizationException}</td>
 * </tr>
 * </table>
 * In each state except closed, at most one fetch is under way.
 *
 * <h2>Transitions</h2>
 * <ul>
 * <li><b>A fetch starts</b> only when a call finds the token due, suspect or none; there
 * is no timer. The cache owns the fetch: no caller can cancel it.</li>
 * <li><b>It succeeds</b>: fresh. The life starts when the fetch starts. It is measured by
 * the monotonic clock and the wall clock, and the greater age counts. The renewal point
 * is a random point in the last tenth before the configured part of the life, so that
 * many instances do not renew at the same time. If the endpoint issued the same token
 * again, the old one is kept unchanged and not renewed for 30 s.</li>
 * <li><b>It fails</b>, by an error, an empty response, a timeout or an exception: a
 * usable token stays. No fetch starts for 1 s, which doubles with each failure in a row
 * up to 60 s, or up to 10 s while there is no usable token. If the endpoint refuses the
 * configuration (400, 401), no fetch starts for 30 s. A longer {@code Retry-After} of the
 * endpoint is respected, up to 5 min. Without a usable token, a client secret that has
 * changed ends the cool-down of a refused configuration at once.</li>
 * <li><b>The API refuses a token</b> with 401: suspect, if it is the current token and
 * the budget allows it. The budget is three evictions at once, and one more every 40 s,
 * because a missing permission is no reason to request tokens.</li>
 * <li><b>The context is closed</b>: closed. The fetch is aborted, and the callers that
 * wait for it fail.</li>
 * </ul>
 */
final class TokenState {

	/**
	 * How long a token is not renewed if the endpoint has just issued the same token
	 * again.
	 */
	static final Duration SAME_TOKEN_PAUSE = Duration.ofSeconds(30);

	/**
	 * The time after which one more token may be evicted. Ten minutes of refusals cost at
	 * most 20 fetches.
	 */
	static final Duration EVICTION_INTERVAL = Duration.ofSeconds(40);

	private static final int EVICTIONS_AT_ONCE = 3;

	/**
	 * The state after the context was closed. It is final.
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
	 * The time from which the endpoint may be asked to replace a usable token.
	 */
	private final long renewableFromNanos;

	/**
	 * The time from which the whole budget of evictions is available again. Each eviction
	 * postpones it by the interval.
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
	 * Return how long the token is still valid, or zero if there is none.
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
	 * Return the time from which a call starts the next fetch, or {@code null} if there
	 * is neither a token nor a failure. The time is in the past if the next call starts a
	 * fetch.
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
	 * Return the state after the fetch that is under way has ended with the given
	 * outcome.
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
	 * Whether a refusal of the given token makes it suspect. It must be the current
	 * token, and the budget must allow it.
	 */
	boolean mayEvict(CachedAccessToken refused, long nanos) {
		return isAtHand(refused) && !this.suspect && nanos - this.renewableFromNanos >= 0
				&& this.evictionsRegainedNanos - nanos <= EVICTION_INTERVAL.toNanos() * (EVICTIONS_AT_ONCE - 1);
	}

	TokenState refused(CachedAccessToken refused, long nanos) {
		if (!mayEvict(refused, nanos)) {
			return this;
		}
		long regained = nanos + Math.max(0, this.evictionsRegainedNanos - nanos) + EVICTION_INTERVAL.toNanos();
		return new TokenState(this.token, true, this.fetch, this.failure, this.renewableFromNanos, regained);
	}

	/**
	 * Whether there is another token than the given one, or one may be fetched. A refused
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
