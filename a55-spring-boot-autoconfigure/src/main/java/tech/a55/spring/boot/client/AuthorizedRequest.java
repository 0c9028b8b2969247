package tech.a55.spring.boot.client;

import java.net.URI;
import java.util.Map;
import java.util.function.Consumer;

import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.CachedAccessToken;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ExchangeStrategies;

/**
 * A request that gets its {@code Authorization} header when it is written to the
 * connection. This is the only place where the token is added to a request, so no filter,
 * log or observation finds the token in a {@link ClientRequest}. Everything else is
 * delegated to the original request. A copy made with {@code ClientRequest.from} would
 * cost as much as the rest of what the starter does for a call.
 */
final class AuthorizedRequest implements ClientRequest {

	private final ClientRequest request;

	private final RepeatableBody body;

	private final AccessTokenCache accessTokens;

	private final Origin origin;

	private final ContextView context;

	private volatile CachedAccessToken token;

	/**
	 * Create a request.
	 * @param request the request of the application
	 * @param body its body
	 * @param accessTokens the cache to take the token from
	 * @param origin the only origin that may receive the token
	 * @param context the context of the call
	 * @param token the token to start with
	 */
	AuthorizedRequest(ClientRequest request, RepeatableBody body, AccessTokenCache accessTokens, Origin origin,
			ContextView context, CachedAccessToken token) {
		this.request = request;
		this.body = body;
		this.accessTokens = accessTokens;
		this.origin = origin;
		this.context = context;
		this.token = token;
	}

	/**
	 * Return the token that the request was written with.
	 */
	CachedAccessToken token() {
		return this.token;
	}

	/**
	 * Take the token when the headers are written, because the request may have waited
	 * for a connection until the token expired. The origin is checked here too, with the
	 * URI that is really called.
	 */
	private void authorize(ClientHttpRequest outgoing) {
		outgoing.beforeCommit(() -> write(outgoing));
	}

	private Mono<Void> write(ClientHttpRequest outgoing) {
		try {
			this.origin.require(outgoing.getURI(), this.accessTokens);
		}
		catch (ClientAuthorizationException ex) {
			return Mono.error(ex);
		}
		CachedAccessToken token = this.accessTokens.handOut(this.context);
		if (token == null) {
			return this.accessTokens.obtain().doOnNext((fetched) -> write(outgoing, fetched)).then();
		}
		write(outgoing, token);
		return Mono.empty();
	}

	private void write(ClientHttpRequest outgoing, CachedAccessToken token) {
		this.token = token;
		outgoing.getHeaders().set(HttpHeaders.AUTHORIZATION, token.authorization());
	}

	@Override
	public Mono<Void> writeTo(ClientHttpRequest outgoing, ExchangeStrategies strategies) {
		if (this.body.isInserted()) {
			return ClientRequest.from(this).build().writeTo(outgoing, strategies);
		}
		authorize(outgoing);
		ClientHttpRequest recorded = this.body.recorded(outgoing);
		return this.body.committed(this.request.writeTo(recorded, strategies), recorded);
	}

	/**
	 * If a later filter copies the request, the copy keeps this callback, even with
	 * another body.
	 */
	@Override
	public Consumer<ClientHttpRequest> httpRequest() {
		Consumer<ClientHttpRequest> own = this.request.httpRequest();
		return (own != null) ? own.andThen(this::authorize) : this::authorize;
	}

	@Override
	public BodyInserter<?, ? super ClientHttpRequest> body() {
		return this.body;
	}

	@Override
	public HttpMethod method() {
		return this.request.method();
	}

	@Override
	public URI url() {
		return this.request.url();
	}

	@Override
	public HttpHeaders headers() {
		return this.request.headers();
	}

	@Override
	public MultiValueMap<String, String> cookies() {
		return this.request.cookies();
	}

	@Override
	public Map<String, Object> attributes() {
		return this.request.attributes();
	}

	@Override
	public String logPrefix() {
		return this.request.logPrefix();
	}

}
