package tech.a55.sample.simulator;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import com.github.tomakehurst.wiremock.extension.TemplateHelperProviderExtension;
import com.github.tomakehurst.wiremock.http.Request;
import wiremock.com.github.jknack.handlebars.Helper;

import org.springframework.http.HttpHeaders;

/**
 * The access tokens that the simulator has issued and still accepts. A template issues
 * one with the helper {@code issue-token}.
 */
final class AccessTokens implements TemplateHelperProviderExtension {

	private static final String BEARER = "Bearer ";

	private final Map<String, Instant> expiries = new ConcurrentHashMap<>();

	private final Duration lifetime;

	private final InstantSource clock;

	AccessTokens(Duration lifetime, InstantSource clock) {
		this.lifetime = lifetime;
		this.clock = clock;
	}

	@Override
	public String getName() {
		return "access-tokens";
	}

	@Override
	public Map<String, Helper<?>> provideTemplateHelpers() {
		return Map.of("issue-token", (context, options) -> issue());
	}

	private String issue() {
		this.expiries.values().removeIf(this::isPast);
		String token = UUID.randomUUID().toString();
		this.expiries.put(token, this.clock.instant().plus(this.lifetime));
		return token;
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
