package tech.a55.spring.boot.token;

import java.net.URI;

import reactor.core.publisher.Mono;

import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2ErrorCodes;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/**
 * Sends the access token to one origin, and refuses requests to any other. A request that
 * the API answers with 401 is sent once more, if there is another token for it and its
 * body can be sent again; other failures are retried as the policy says. Thread-safe.
 */
final class BearerTokenExchangeFilterFunction implements ExchangeFilterFunction {

	private final AccessTokenCache accessTokens;

	private final Origin origin;

	private final RetryPolicy retryPolicy;

	private final boolean followsRedirects;

	BearerTokenExchangeFilterFunction(AccessTokenCache accessTokens, Origin origin, RetryPolicy retryPolicy,
			boolean followsRedirects) {
		this.accessTokens = accessTokens;
		this.origin = origin;
		this.retryPolicy = retryPolicy;
		this.followsRedirects = followsRedirects;
	}

	@Override
	public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
		return Mono.deferContextual((context) -> {
			checkOrigin(request.url());
			return new AuthorizedExchange(this, this.accessTokens, request, next).start(context);
		});
	}

	/**
	 * Fail for a URI of another origin.
	 */
	void checkOrigin(URI uri) {
		if (!this.origin.contains(uri)) {
			throw new ClientAuthorizationException(new OAuth2Error(OAuth2ErrorCodes.INVALID_REQUEST),
					this.accessTokens.registrationId(), "The A55 client sends requests to " + this.origin
							+ " only (a55.base-url), not to " + Origin.of(uri));
		}
	}

	/**
	 * Whether a redirect to the given URI is followed: to another origin, none ever is.
	 */
	boolean follows(URI location) {
		return this.followsRedirects && this.origin.contains(location);
	}

	RetryPolicy retryPolicy() {
		return this.retryPolicy;
	}

}
