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
 * <td>none</td>
 * <td>never fetched, evicted, or expired except for the margin of min(5 s, 5 %)</td>
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
 * token stays. No fetch starts for 1 s, doubling with each failure in a row to 60 s, for
 * 30 s if the endpoint refuses the configuration (400, 401), and not before the
 * endpoint's {@code Retry-After} of up to 5 min. Without a usable token, a client secret
 * that has changed ends the cool-down of a refused configuration at once.</li>
 * <li><b>The API refuses a token</b> with 401: none, if it is the token at hand. The
 * successor of an evicted token stays for 33 s, even if the API refuses it.</li>
 * <li><b>The context is closed</b>: closed. The fetch is aborted, its waiters fail.</li>
 * </ul>
 */
final class TokenState {

	/**
	 * How long an endpoint that issued the same token again is not asked to renew it.
	 */
	static final Duration SAME_TOKEN_PAUSE = Duration.ofSeconds(30);

	/**
	 * How long the successor of an evicted token is kept although the API refuses it. A
	 * permission problem is no reason to ask for tokens; a little over 30 s, so that ten
	 * minutes of it cost 20 requests, the first two included.
	 */
	static final Duration SUCCESSOR_HOLD = Duration.ofSeconds(33);

	/**
	 * After the end of the application. No transition leads out of it.
	 */
	static final TokenState CLOSED = new TokenState(null, null, null, null, 0, 0);

	/**
	 * The token to hand out as long as it is usable, or {@code null} before the first
	 * fetch and after an eviction.
	 */
	final @Nullable CachedAccessToken token;

	/**
	 * The one fetch that is under way, or {@code null}.
	 */
	final @Nullable PendingFetch fetch;

	/**
	 * The failure of the last fetch, or {@code null} if that succeeded.
	 */
	final @Nullable FailedFetch failure;

	/**
	 * The token that the API refused, until a fetch has brought the next.
	 */
	private final @Nullable CachedAccessToken evicted;

	/**
	 * When the next renewal of a usable token may start.
	 */
	private final long renewableFromNanos;

	/**
	 * When the token may be evicted.
	 */
	private final long evictableFromNanos;

	private TokenState(@Nullable CachedAccessToken token, @Nullable CachedAccessToken evicted,
			@Nullable PendingFetch fetch, @Nullable FailedFetch failure, long renewableFromNanos,
			long evictableFromNanos) {
		this.token = token;
		this.evicted = evicted;
		this.fetch = fetch;
		this.failure = failure;
		this.renewableFromNanos = renewableFromNanos;
		this.evictableFromNanos = evictableFromNanos;
	}

	static TokenState initial(long nanos) {
		return new TokenState(null, null, null, null, nanos, nanos);
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
	 * Whether a fetch may start to renew a token that is still usable.
	 */
	boolean mayRenew(long nanos) {
		return this.fetch == null && nanos - this.renewableFromNanos >= 0
				&& (this.failure == null || !this.failure.isCoolingDown(nanos));
	}

	/**
	 * Return the time of the last failure, or of the request for the current token.
	 */
	@Nullable Instant lastFetch() {
		if (this.failure != null) {
			return this.failure.failedAt();
		}
		CachedAccessToken last = (this.token != null) ? this.token : this.evicted;
		return (last != null) ? last.accessToken().getIssuedAt() : null;
	}

	/**
	 * Return the time from which a call starts the next fetch, in the past if one could
	 * have done so already, or {@code null} without a token or a failure.
	 */
	@Nullable Instant nextTry(TokenClock clock) {
		if (this.failure != null) {
			return this.failure.nextTry();
		}
		if (this.token == null || !isUsable(clock)) {
			return null;
		}
		long nanos = Math.max(this.token.timeToRenewal(clock), this.renewableFromNanos - clock.nanoTime());
		return Instant.ofEpochMilli(clock.currentTimeMillis()).plusNanos(nanos).truncatedTo(ChronoUnit.MILLIS);
	}

	TokenState fetching(PendingFetch fetch) {
		return new TokenState(this.token, this.evicted, fetch, this.failure, this.renewableFromNanos,
				this.evictableFromNanos);
	}

	/**
	 * Return the state after the fetch that is under way has come to the given outcome.
	 */
	TokenState settled(FetchOutcome outcome, TokenClock clock) {
		if (outcome instanceof FailedFetch failed) {
			return new TokenState(this.token, this.evicted, null, failed, this.renewableFromNanos,
					this.evictableFromNanos);
		}
		return succeeded((CachedAccessToken) outcome, clock);
	}

	private TokenState succeeded(CachedAccessToken fresh, TokenClock clock) {
		long nanos = clock.nanoTime();
		long heldUntilNanos = nanos + SUCCESSOR_HOLD.toNanos();
		CachedAccessToken previous = (this.token != null) ? this.token : this.evicted;
		if (previous != null && previous.hasValueOf(fresh) && previous.isUsable(previous.age(clock))) {
			return new TokenState(previous, null, null, null, nanos + SAME_TOKEN_PAUSE.toNanos(), heldUntilNanos);
		}
		return new TokenState(fresh, null, null, null, nanos, (this.evicted != null) ? heldUntilNanos : nanos);
	}

	/**
	 * Whether a refusal of the given token by the API takes it away: it must be the one
	 * at hand, and not be held.
	 */
	boolean evicts(CachedAccessToken refused, long nanos) {
		return this.token != null && this.token.hasValueOf(refused) && nanos - this.evictableFromNanos >= 0;
	}

	TokenState refused(CachedAccessToken refused, long nanos) {
		return evicts(refused, nanos)
				? new TokenState(null, this.token, this.fetch, this.failure, this.renewableFromNanos, nanos) : this;
	}

}
