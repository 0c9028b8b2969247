package tech.a55.spring.boot.token;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import javax.net.ssl.SSLPeerUnverifiedException;

import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.security.oauth2.client.endpoint.OAuth2ClientCredentialsGrantRequest;
import org.springframework.security.oauth2.client.endpoint.ReactiveOAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.WebClientReactiveClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.util.StringUtils;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * Requests an access token with the client credentials grant
 * (<a href="https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2">RFC 6749, section
 * 4.4.2</a>). The client secret is read again for each request, and each request has a
 * time limit. If instances share the token, the shared one is preferred. Thread-safe.
 *
 * @since 0.1.0
 */
public final class AccessTokenRequest {

	/**
	 * A caller waits at most this long in addition to the request itself.
	 */
	private static final Duration LONGEST_COMPARISON = Duration.ofSeconds(1);

	/**
	 * Added to the time limit of a request, so that the request ends by its own limit
	 * before a caller stops waiting.
	 */
	private static final Duration WAITING_MARGIN = Duration.ofMillis(500);

	private final AccountName account;

	private final ClientRegistration registration;

	private final Mono<String> clientSecret;

	private final ReactiveOAuth2AccessTokenResponseClient<OAuth2ClientCredentialsGrantRequest> client;

	private final Duration timeout;

	private final ObservationRegistry observationRegistry;

	private final @Nullable SharedAccessToken sharedToken;

	AccessTokenRequest(AccountName account, ClientRegistration registration, Mono<String> clientSecret,
			ReactiveOAuth2AccessTokenResponseClient<OAuth2ClientCredentialsGrantRequest> client, Duration timeout,
			ObservationRegistry observationRegistry, @Nullable SharedAccessToken sharedToken) {
		this.account = account;
		this.registration = registration;
		String ownSecret = registration.getClientSecret();
		this.clientSecret = StringUtils.hasText(ownSecret) ? Mono.just(ownSecret) : clientSecret;
		this.client = client;
		this.timeout = timeout;
		this.observationRegistry = observationRegistry;
		this.sharedToken = sharedToken;
	}

	/**
	 * Create a request to the token endpoint of the given registration.
	 * @param account the account that the token is for
	 * @param registration the client registration. If it has a client secret, that takes
	 * precedence over {@code clientSecret}
	 * @param clientSecret emits the client secret. It is subscribed to for each request,
	 * and must not block the thread that subscribes
	 * @param webClient supplies the client for the token endpoint. It is called once,
	 * before the first request. The client must not follow redirects
	 * @param timeout the longest time that one request may take, including the time to
	 * read the secret
	 * @param observationRegistry knows the observation of a caller that blocks
	 * @param sharedToken the token that instances share, or {@code null} if they do not
	 * @return a request that has not been sent yet
	 */
	public static AccessTokenRequest create(AccountName account, ClientRegistration registration,
			Mono<String> clientSecret, Supplier<WebClient> webClient, Duration timeout,
			ObservationRegistry observationRegistry, @Nullable SharedAccessToken sharedToken) {
		SingletonSupplier<WebClientReactiveClientCredentialsTokenResponseClient> client = SingletonSupplier
			.of(() -> tokenResponseClient(webClient.get()));
		return new AccessTokenRequest(account, registration, clientSecret,
				(request) -> client.obtain().getTokenResponse(request), timeout, observationRegistry, sharedToken);
	}

	/**
	 * Created for the first request, because it would noticeably slow down the start of
	 * an application.
	 */
	private static WebClientReactiveClientCredentialsTokenResponseClient tokenResponseClient(WebClient webClient) {
		WebClientReactiveClientCredentialsTokenResponseClient client = new WebClientReactiveClientCredentialsTokenResponseClient();
		client.setWebClient(webClient);
		client.setBodyExtractor(new AccessTokenResponseExtractor());
		return client;
	}

	AccountName account() {
		return this.account;
	}

	ClientRegistration registration() {
		return this.registration;
	}

	/**
	 * Send the request when the result is subscribed to, unless another instance has
	 * shared a token. It ends with an outcome or an error, within the time limit.
	 * @param context the context of the call that needs the token
	 * @param fetch the fetch that the request is for
	 * @param state the state before the fetch
	 * @param outcomes makes the outcome of what the request ends with
	 */
	Mono<FetchOutcome> send(ContextView context, PendingFetch fetch, TokenState state, FetchOutcomeFactory outcomes) {
		return within(this.timeout, this.clientSecret).elapsed().flatMap((read) -> {
			String secret = read.getT2();
			Mono<FetchOutcome> request = within(this.timeout.minusMillis(read.getT1()), send(secret, fetch))
				.map((response) -> outcomes.outcome(fetch, response, state.failure));
			return (this.sharedToken != null) ? this.sharedToken.orElse(request, secret, state.token, outcomes)
					: request;
		}).contextWrite(traceOf(context));
	}

	/**
	 * If the connection is lost before there is a response, the request is sent once
	 * more. A token that nobody received harms nobody.
	 */
	private Mono<OAuth2AccessTokenResponse> send(String secret, PendingFetch fetch) {
		Mono<OAuth2AccessTokenResponse> attempt = Mono.defer(() -> this.client.getTokenResponse(grantRequest(secret)));
		return Mono.defer(() -> {
			fetch.sends(secret);
			return attempt.onErrorResume(AccessTokenRequest::isLostConnection, (lost) -> attempt);
		});
	}

	private <T> Mono<T> within(Duration limit, Mono<T> part) {
		return part.switchIfEmpty(Mono.error(() -> new IllegalStateException("The response is empty")))
			.timeout(limit, Mono.error(() -> new TimeoutException(this.timeout.toMillis() + " ms")));
	}

	/**
	 * Whether there was a connection and it was lost. A connection that cannot be made, a
	 * timeout and a bad certificate would be the same in another attempt.
	 */
	private static boolean isLostConnection(Throwable failure) {
		if (!(failure instanceof WebClientRequestException)) {
			return false;
		}
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof ConnectException || cause instanceof UnknownHostException
					|| cause instanceof InterruptedIOException || cause instanceof HttpTimeoutException
					|| cause instanceof CertificateException || cause instanceof SSLPeerUnverifiedException) {
				return false;
			}
		}
		return NestedExceptionUtils.getMostSpecificCause(failure) instanceof IOException;
	}

	private OAuth2ClientCredentialsGrantRequest grantRequest(String clientSecret) {
		return new OAuth2ClientCredentialsGrantRequest(
				ClientRegistration.withClientRegistration(this.registration).clientSecret(clientSecret).build());
	}

	/**
	 * Return the part of a caller's context that the request takes over. The request
	 * belongs to no caller, so the rest of the context must not influence it.
	 */
	private Context traceOf(ContextView context) {
		Object observation = context.getOrDefault(ObservationThreadLocalAccessor.KEY,
				this.observationRegistry.getCurrentObservation());
		return (observation != null) ? Context.of(ObservationThreadLocalAccessor.KEY, observation) : Context.empty();
	}

	Duration timeout() {
		return this.timeout;
	}

	/**
	 * Return the longest time that a caller waits for the outcome.
	 */
	Duration longestWait() {
		Duration request = this.timeout.plus(WAITING_MARGIN);
		return (this.sharedToken != null) ? request.plus(SharedAccessToken.LONGEST_WAIT) : request;
	}

	boolean isShared() {
		return this.sharedToken != null;
	}

	/**
	 * Emit whether the client secret differs from the one that was sent before. A secret
	 * that cannot be read within a second counts as unchanged.
	 */
	Mono<Boolean> hasOtherSecretThan(@Nullable String sent) {
		return this.clientSecret.timeout(LONGEST_COMPARISON)
			.onErrorComplete()
			.map((clientSecret) -> !clientSecret.equals(sent))
			.defaultIfEmpty(false)
			.contextWrite((context) -> Context.empty());
	}

}
