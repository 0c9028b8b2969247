package tech.a55.spring.boot.token;

import reactor.core.scheduler.Schedulers;

import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.util.Assert;

/**
 * {@link OAuth2AuthorizedClientManager} that hands out the token of an
 * {@link AccessTokenCache}. All principals get the same token. Thread-safe.
 *
 * @since 0.1.0
 */
public final class CachedOAuth2AuthorizedClientManager implements OAuth2AuthorizedClientManager {

	private final AccessTokenCache accessTokens;

	/**
	 * Create a manager for the client registration of the given cache.
	 * @param accessTokens the cache that hands out the token
	 */
	public CachedOAuth2AuthorizedClientManager(AccessTokenCache accessTokens) {
		this.accessTokens = accessTokens;
	}

	@Override
	public OAuth2AuthorizedClient authorize(OAuth2AuthorizeRequest request) {
		ClientRegistration registration = this.accessTokens.registration();
		String registrationId = registration.getRegistrationId();
		Assert.isTrue(registrationId.equals(request.getClientRegistrationId()),
				() -> "This manager serves the client registration '" + registrationId + "' only, not '"
						+ request.getClientRegistrationId() + "'");
		Assert.state(!Schedulers.isInNonBlockingThread(),
				() -> "authorize() may have to wait for a token, and was called on the event loop thread '"
						+ Thread.currentThread().getName() + "': use the " + this.accessTokens.account().webClient()
						+ " there");
		CachedAccessToken token = this.accessTokens.handOut();
		if (token == null) {
			token = this.accessTokens.obtain().block();
		}
		Assert.state(token != null, "A fetch ends with a token or an error");
		return new OAuth2AuthorizedClient(registration, request.getPrincipal().getName(), token.accessToken());
	}

}
