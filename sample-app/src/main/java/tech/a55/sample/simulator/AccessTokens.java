package tech.a55.sample.simulator;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import com.github.tomakehurst.wiremock.extension.TemplateHelperProviderExtension;
import com.github.tomakehurst.wiremock.http.Request;
import org.jspecify.annotations.Nullable;
import wiremock.com.github.jknack.handlebars.Helper;

import org.springframework.http.HttpHeaders;

/**
 * The access tokens that the simulator has issued to one client and still accepts. A
 * template issues one with a helper.
 */
final class AccessTokens implements TemplateHelperProviderExtension {

	/**
	 * A little longer than the time for which the starter keeps the token that follows a
	 * refused one. A revocation during that time would only make calls fail.
	 */
	private static final Duration REVOCATION_PAUSE = Duration.ofSeconds(34);

	private static final String BEARER = "Bearer ";

	private final Map<String, Instant> expiries = new ConcurrentHashMap<>();

	private final String helper;

	private final Duration lifetime;

	private final InstantSource clock;

	private boolean revoked;

	private Instant revocableFrom = Instant.MIN;

	/**
	 * Create tokens that are issued by a helper.
	 * @param helper the name of the helper
	 * @param lifetime how long a token is accepted
	 * @param clock the clock of the simulator
	 */
	AccessTokens(String helper, Duration lifetime, InstantSource clock) {
		this.helper = helper;
		this.lifetime = lifetime;
		this.clock = clock;
	}

	@Override
	public String getName() {
		return this.helper;
	}

	@Override
	public Map<String, Helper<?>> provideTemplateHelpers() {
		return Map.of(this.helper, (context, options) -> issue());
	}

	private synchronized String issue() {
		Instant now = this.clock.instant();
		this.expiries.values().removeIf(this::isPast);
		String token = UUID.randomUUID().toString();
		this.expiries.put(token, now.plus(this.lifetime));
		if (this.revoked) {
			this.revoked = false;
			this.revocableFrom = now.plus(REVOCATION_PAUSE);
		}
		return token;
	}

	/**
	 * Revoke all tokens that were issued so far.
	 * @return whether they were revoked, which is not possible too soon after the last
	 * time
	 */
	synchronized boolean revoke() {
		if (revocableFrom() != null) {
			return false;
		}
		this.expiries.clear();
		this.revoked = true;
		return true;
	}

	/**
	 * Return from when on tokens can be revoked, or {@code null} if they can be revoked
	 * now.
	 */
	synchronized @Nullable Instant revocableFrom() {
		return isPast(this.revocableFrom) ? null : this.revocableFrom;
	}

	boolean accept(Request request) {
		String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
		return authorization != null && authorization.startsWith(BEARER)
				&& isAlive(authorization.substring(BEARER.length()));
	}

	private boolean isAlive(String token) {
		Instant expiry = this.expiries.get(token);
		return expiry != null && !isPast(expiry);
	}

	private boolean isPast(Instant expiry) {
		return !this.clock.instant().isBefore(expiry);
	}

}
