package tech.a55.spring.boot.token;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

import org.jspecify.annotations.Nullable;

/**
 * What is known of the access token at one moment, and what may follow from it.
 * Immutable: each transition returns the next state and touches nothing else.
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
	 * The token to hand out as long as it is usable, or {@code null} before the first
	 * fetch and after an eviction.
	 */
	final @Nullable CachedAccessToken token;

	/**
	 * The one fetch that is under way, or {@code null}.
	 */
	final @Nullable TokenFetch fetch;

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
			@Nullable TokenFetch fetch, @Nullable FailedFetch failure, long renewableFromNanos,
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

	/**
	 * Whether a fetch may start to renew a token that is still usable.
	 */
	boolean mayRenew(long nanos) {
		return this.fetch == null && nanos - this.renewableFromNanos >= 0
				&& (this.failure == null || !this.failure.isCoolingDown(nanos));
	}

	/**
	 * Return when the last fetch failed, or brought the token that was asked for then.
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
		if (this.token == null || !this.token.isUsable(this.token.age(clock))) {
			return null;
		}
		long nanos = Math.max(this.token.timeToRenewal(clock), this.renewableFromNanos - clock.nanoTime());
		return Instant.ofEpochMilli(clock.currentTimeMillis()).plusNanos(nanos).truncatedTo(ChronoUnit.MILLIS);
	}

	TokenState fetching(TokenFetch fetch) {
		return new TokenState(this.token, this.evicted, fetch, this.failure, this.renewableFromNanos,
				this.evictableFromNanos);
	}

	TokenState succeeded(CachedAccessToken fresh, TokenClock clock) {
		long nanos = clock.nanoTime();
		long heldUntilNanos = nanos + SUCCESSOR_HOLD.toNanos();
		CachedAccessToken previous = (this.token != null) ? this.token : this.evicted;
		if (previous != null && previous.hasValueOf(fresh) && previous.isUsable(previous.age(clock))) {
			return new TokenState(previous, null, null, null, nanos + SAME_TOKEN_PAUSE.toNanos(), heldUntilNanos);
		}
		return new TokenState(fresh, null, null, null, nanos, (this.evicted != null) ? heldUntilNanos : nanos);
	}

	TokenState failed(FailedFetch failure) {
		return new TokenState(this.token, this.evicted, null, failure, this.renewableFromNanos,
				this.evictableFromNanos);
	}

	/**
	 * Return this state without a token to hand out.
	 */
	TokenState emptied() {
		return new TokenState(null, null, this.fetch, this.failure, this.renewableFromNanos, this.evictableFromNanos);
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
