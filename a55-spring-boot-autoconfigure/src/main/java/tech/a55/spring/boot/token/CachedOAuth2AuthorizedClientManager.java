package tech.a55.spring.boot.token;

import reactor.core.scheduler.Schedulers;

import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.util.Assert;

/**
 * {@link OAuth2AuthorizedClientManager} that hands out the token of an
 * {@link AccessTokenCache}: the same for every principal. Thread-safe.
 */
final class CachedOAuth2AuthorizedClientManager implements OAuth2AuthorizedClientManager {

	private final AccessTokenCache accessTokens;

	private final ClientRegistration registration;

	CachedOAuth2AuthorizedClientManager(AccessTokenCache accessTokens, ClientRegistration registration) {
		this.accessTokens = accessTokens;
		this.registration = registration;
	}

	@Override
	public OAuth2AuthorizedClient authorize(OAuth2AuthorizeRequest request) {
		String registrationId = this.registration.getRegistrationId();
		Assert.isTrue(registrationId.equals(request.getClientRegistrationId()),
				() -> "This manager serves the client registration '" + registrationId + "' only, not '"
						+ request.getClientRegistrationId() + "'");
		Assert.state(!Schedulers.isInNonBlockingThread(),
				() -> "authorize() may have to wait for a token, and was called on the event loop thread '"
						+ Thread.currentThread().getName() + "': use the WebClient bean 'a55WebClient' there");
		CachedAccessToken token = this.accessTokens.current();
		if (token == null) {
			token = this.accessTokens.get().block();
		}
		Assert.state(token != null, "A fetch ends with a token or an error");
		return new OAuth2AuthorizedClient(this.registration, request.getPrincipal().getName(), token.accessToken());
	}

}
