package tech.a55.spring.boot.token;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import org.springframework.security.oauth2.core.OAuth2AccessToken;

/**
 * An access token, with its renewal point and its end. Immutable.
 *
 * @since 0.1.0
 */
public final class CachedAccessToken implements FetchOutcome {

	/**
	 * The time that a request may need to reach the API. A token is not handed out any
	 * more if its remaining life is not longer than this, or than 5 % of its life if that
	 * is less.
	 */
	private static final Duration LONGEST_MARGIN = Duration.ofSeconds(5);

	private final OAuth2AccessToken accessToken;

	private final String authorization;

	private final long requestedNanos;

	private final long requestedMillis;

	private final long renewalAge;

	private final long usableAge;

	private final long life;

	/**
	 * Create a token.
	 * @param accessToken the token that the endpoint issued. Its life is the time between
	 * its two instants
	 * @param requestedNanos when it was requested, by the monotonic clock
	 * @param requestedMillis when it was requested, by the wall clock
	 * @param renewalPart the part of the life after which a renewal is due
	 */
	CachedAccessToken(OAuth2AccessToken accessToken, long requestedNanos, long requestedMillis, double renewalPart) {
		this.life = Duration
			.between(Objects.requireNonNull(accessToken.getIssuedAt()),
					Objects.requireNonNull(accessToken.getExpiresAt()))
			.toNanos();
		Instant issuedAt = Instant.ofEpochMilli(requestedMillis);
		this.accessToken = new OAuth2AccessToken(accessToken.getTokenType(), accessToken.getTokenValue(), issuedAt,
				issuedAt.plusNanos(this.life), accessToken.getScopes());
		this.authorization = "Bearer " + accessToken.getTokenValue();
		this.requestedNanos = requestedNanos;
		this.requestedMillis = requestedMillis;
		this.renewalAge = (long) (this.life * renewalPart);
		this.usableAge = this.life - Math.min(LONGEST_MARGIN.toNanos(), this.life / 20);
	}

	/**
	 * Return the age in nanoseconds, by the clock that says more.
	 */
	long age(TokenClock clock) {
		long monotonic = clock.nanoTime() - this.requestedNanos;
		long wall = TimeUnit.MILLISECONDS.toNanos(clock.currentTimeMillis() - this.requestedMillis);
		return Math.max(monotonic, wall);
	}

	/**
	 * Return the nanoseconds until a renewal is due, zero or negative if it is due
	 * already.
	 */
	long timeToRenewal(TokenClock clock) {
		return this.renewalAge - age(clock);
	}

	boolean isRenewalDue(long age) {
		return age >= this.renewalAge;
	}

	boolean isUsable(long age) {
		return age < this.usableAge;
	}

	/**
	 * Whether the given token has the same value.
	 * @param other the token to compare with
	 * @return whether the two are the same for the API
	 */
	public boolean hasValueOf(CachedAccessToken other) {
		return this.authorization.equals(other.authorization);
	}

	/**
	 * Whether this token was requested after the given one, and is another one. The API
	 * may have refused that one.
	 */
	boolean replaces(CachedAccessToken last) {
		return this.requestedMillis > last.requestedMillis && !hasValueOf(last);
	}

	/**
	 * Return the value of the {@code Authorization} header
	 * (<a href="https://www.rfc-editor.org/rfc/rfc6750#section-2.1">RFC 6750, section
	 * 2.1</a>).
	 * @return the scheme and the token
	 */
	public String authorization() {
		return this.authorization;
	}

	OAuth2AccessToken accessToken() {
		return this.accessToken;
	}

	Duration timeToLive(long age) {
		return Duration.ofNanos(Math.max(0, this.life - age));
	}

}
