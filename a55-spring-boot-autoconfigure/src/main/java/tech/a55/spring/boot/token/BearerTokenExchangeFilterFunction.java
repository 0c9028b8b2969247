package tech.a55.spring.boot.token;

import java.net.URI;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpStatus;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2ErrorCodes;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/**
 * Sends the access token to one origin, and refuses requests to any other. A request that
 * the API answers with 401 is sent once more, if there is another token for it and its
 * body can be sent again. Thread-safe.
 */
final class BearerTokenExchangeFilterFunction implements ExchangeFilterFunction {

	private static final int MAX_BUFFERED_SIZE = 256 * 1024;

	private final AccessTokenCache accessTokens;

	private final Origin origin;

	BearerTokenExchangeFilterFunction(AccessTokenCache accessTokens, Origin origin) {
		this.accessTokens = accessTokens;
		this.origin = origin;
	}

	@Override
	public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
		return Mono.defer(() -> {
			checkOrigin(request.url());
			CachedAccessToken token = this.accessTokens.current();
			return (token != null) ? exchange(request, next, token)
					: this.accessTokens.get().flatMap((fetched) -> exchange(request, next, fetched));
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

	private Mono<ClientResponse> exchange(ClientRequest request, ExchangeFunction next, CachedAccessToken token) {
		AuthorizedBody body = new AuthorizedBody(request.body(), this, token);
		return next.exchange(ClientRequest.from(request).body(body).build())
			.flatMap((response) -> isUnauthorized(response) ? refused(request, next, token, body, response)
					: Mono.just(response));
	}

	private static boolean isUnauthorized(ClientResponse response) {
		return response.statusCode().value() == HttpStatus.UNAUTHORIZED.value();
	}

	private Mono<ClientResponse> refused(ClientRequest request, ExchangeFunction next, CachedAccessToken token,
			AuthorizedBody body, ClientResponse response) {
		this.accessTokens.refused(token);
		CachedAccessToken current = this.accessTokens.current();
		boolean large = response.headers().contentLength().orElse(0) > MAX_BUFFERED_SIZE;
		if (!body.isRepeatable() || large || (current != null && current.hasValueOf(token))) {
			return Mono.just(response);
		}
		return buffered(response).flatMap((buffered) -> this.accessTokens.get()
			.flatMap((other) -> other.hasValueOf(token) ? Mono.just(buffered)
					: repeat(request, next, body.withToken(other), other)));
	}

	private Mono<ClientResponse> repeat(ClientRequest request, ExchangeFunction next, AuthorizedBody body,
			CachedAccessToken token) {
		this.accessTokens.statistics().replayed();
		return next.exchange(ClientRequest.from(request).body(body).build()).doOnNext((response) -> {
			if (isUnauthorized(response)) {
				this.accessTokens.refused(token);
			}
		});
	}

	/**
	 * Read the body, so that its connection is free while the next token is awaited. What
	 * cannot be read is left out: an answer of the API to the next token is in sight.
	 */
	private static Mono<ClientResponse> buffered(ClientResponse response) {
		return DataBufferUtils.join(response.body(BodyExtractors.toDataBuffers()), MAX_BUFFERED_SIZE).map((buffer) -> {
			byte[] bytes = new byte[buffer.readableByteCount()];
			buffer.read(bytes);
			DataBufferUtils.release(buffer);
			return bytes;
		})
			.onErrorComplete()
			.defaultIfEmpty(new byte[0])
			.map((bytes) -> response.mutate()
				.body((consumed) -> Flux.defer(() -> Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(bytes))))
				.build());
	}

}
