package tech.a55.spring.boot.token;

import java.time.Instant;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.security.oauth2.core.OAuth2AccessToken;

/**
 * {@link HealthIndicator} that reports the state of the access token. It never fetches a
 * token, because tokens cost A55 money and count against a quota that its customers
 * share.
 * <ul>
 * <li>{@code UP}: there is a usable token, even if its renewal fails</li>
 * <li>{@code DOWN}: there is none, and the last fetch failed</li>
 * <li>{@code UNKNOWN}: there is none, and the last fetch, if there was one, did not
 * fail</li>
 * </ul>
 * Its details show when the token was issued and when it expires, how and when the last
 * fetch ended, and from when on a call starts the next one.
 *
 * @since 0.1.0
 */
public final class AccessTokenHealthIndicator extends AbstractHealthIndicator {

	private final AccountName account;

	private final Supplier<@Nullable AccessTokenCache> accessTokens;

	/**
	 * Create the health indicator of an account.
	 * @param account the account to report on
	 * @param accessTokens supplies its token, or {@code null} as long as the account was
	 * not used
	 */
	public AccessTokenHealthIndicator(AccountName account, Supplier<@Nullable AccessTokenCache> accessTokens) {
		super("A55 access token health check failed");
		this.account = account;
		this.accessTokens = accessTokens;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		AccessTokenCache accessTokens = this.accessTokens.get();
		if (accessTokens == null) {
			builder.unknown().withDetail("registrationId", this.account.registrationId()).withDetail("secondsLeft", 0L);
			return;
		}
		TokenState state = accessTokens.state();
		TokenClock clock = accessTokens.clock();
		CachedAccessToken token = state.token;
		FailedFetch failure = state.failure;
		boolean usable = state.isUsable(clock);
		if (usable) {
			builder.up();
		}
		else if (failure != null) {
			builder.down();
		}
		else {
			builder.unknown();
		}
		builder.withDetail("registrationId", accessTokens.registration().getRegistrationId())
			.withDetail("secondsLeft", state.timeToLive(clock).toSeconds());
		if (token != null) {
			OAuth2AccessToken accessToken = token.accessToken();
			withDetail(builder, "tokenIssued", accessToken.getIssuedAt());
			withDetail(builder, "tokenExpires", accessToken.getExpiresAt());
		}
		Instant lastFetch = state.lastFetch();
		if (lastFetch != null) {
			builder
				.withDetail("lastOutcome", (failure != null) ? failure.describe(usable && !state.suspect) : "success")
				.withDetail("lastFetch", lastFetch);
		}
		withDetail(builder, "nextTry", state.nextTry(clock));
	}

	private static void withDetail(Health.Builder builder, String key, @Nullable Object value) {
		if (value != null) {
			builder.withDetail(key, value);
		}
	}

}
