package tech.a55.spring.boot.token;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.endpoint.OAuth2ClientCredentialsGrantRequest;
import org.springframework.security.oauth2.client.endpoint.ReactiveOAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.WebClientReactiveClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2ErrorCodes;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.util.StringUtils;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * The one access token of the application: fetched when first needed, renewed in the
 * background, shared by all users, threads and requests.
 *
 * <h2>States</h2>
 * <table>
 * <caption>What a call finds, and what it gets</caption>
 * <tr>
 * <th>state</th>
 * <th>condition</th>
 * <th>a call gets</th>
 * </tr>
 * <tr>
 * <td>fresh</td>
 * <td>the token's age is under the renewal point</td>
 * <td>the token, without a lock, an allocation or a thread hop</td>
 * </tr>
 * <tr>
 * <td>due</td>
 * <td>past the renewal point, still usable</td>
 * <td>the token; the first call starts a renewal in the background</td>
 * </tr>
 * <tr>
 * <td>none</td>
 * <td>never fetched, evicted, or expired but for the margin of min(5 s, 5 %)</td>
 * <td>the outcome of the one fetch, which the first call starts</td>
 * </tr>
 * <tr>
 * <td>cooling down</td>
 * <td>none, and the last fetch failed a short while ago</td>
 * <td>at once a {@link ClientAuthorizationException} with the cause of that failure and
 * the time of the next try</td>
 * </tr>
 * <tr>
 * <td>closed</td>
 * <td>{@link #destroy()} was called</td>
 * <td>at once a {@link ClientAuthorizationException}</td>
 * </tr>
 * </table>
 * Beside each of them a fetch may be under way, never more than one.
 *
 * <h2>Transitions</h2>
 * <ul>
 * <li><b>A fetch starts</b> by a call only, that finds the token due or none; there is no
 * timer. The cache owns it: no caller can cancel it, and it is over after the time-out at
 * the latest. It reads the client secret anew.</li>
 * <li><b>It succeeds</b>: fresh. The life counts from the moment the request was sent, by
 * the monotonic clock or the wall clock, whichever says that more of it has passed. The
 * renewal point is drawn from the last tenth before the configured part of the life, so
 * that a fleet spreads. If the endpoint issued the same token again, the old one is kept
 * as it was and not renewed for 30 s.</li>
 * <li><b>It fails</b>, by an error, an empty answer, a time-out or a throw: a usable
 * token stays as it is. No fetch starts for 1 s, doubling with each failure in a row to
 * 60 s, for 30 s where the endpoint refuses the configuration (400, 401), and not before
 * the endpoint's {@code Retry-After} of up to 5 min. Without a usable token, a client
 * secret that has changed ends the cool-down of a refused configuration at once.</li>
 * <li><b>The API refuses a token</b> with 401: none, if it is the token at hand. The
 * successor of a token that was so evicted stays for 33 s, whatever the API says of
 * it.</li>
 * <li><b>The context is closed</b>: closed. The fetch is aborted, its waiters fail.</li>
 * </ul>
 * All transitions are a compare-and-set of one immutable {@link TokenState}; nothing is
 * locked, nothing blocks. Thread-safe.
 *
 * @since 0.1.0
 */
public final class AccessTokenCache implements DisposableBean {

	private static final Log logger = LogFactory.getLog(AccessTokenCache.class);

	private static final AtomicReferenceFieldUpdater<AccessTokenCache, TokenState> STATE = AtomicReferenceFieldUpdater
		.newUpdater(AccessTokenCache.class, TokenState.class, "state");

	private final ClientRegistration registration;

	private final Mono<String> clientSecret;

	private final ReactiveOAuth2AccessTokenResponseClient<OAuth2ClientCredentialsGrantRequest> tokenResponseClient;

	private final Duration timeout;

	private final double refreshAfter;

	private final TokenClock clock;

	private final DoubleSupplier random;

	private final AccessTokenStatistics statistics = new AccessTokenStatistics();

	private volatile TokenState state;

	private volatile boolean closed;

	AccessTokenCache(ClientRegistration registration, Mono<String> clientSecret,
			ReactiveOAuth2AccessTokenResponseClient<OAuth2ClientCredentialsGrantRequest> tokenResponseClient,
			Duration timeout, double refreshAfter, TokenClock clock, DoubleSupplier random) {
		this.registration = registration;
		String ownSecret = registration.getClientSecret();
		this.clientSecret = StringUtils.hasText(ownSecret) ? Mono.just(ownSecret) : clientSecret;
		this.tokenResponseClient = tokenResponseClient;
		this.timeout = timeout;
		this.refreshAfter = refreshAfter;
		this.clock = clock;
		this.random = random;
		this.state = TokenState.initial(clock.nanoTime());
	}

	/**
	 * Create a cache that fetches from the token endpoint of the given registration.
	 * @param registration the client registration; its own client secret, if it has one,
	 * goes before {@code clientSecret}
	 * @param clientSecret emits the client secret, subscribed to before each fetch; must
	 * not block where it is subscribed to
	 * @param webClient supplies the client to reach the token endpoint with, asked once
	 * and before the first fetch; must follow no redirect
	 * @param timeout the longest time that one fetch may take
	 * @param refreshAfter the part of a token's life after which it is renewed
	 * @return a cache that has not fetched anything yet
	 */
	public static AccessTokenCache create(ClientRegistration registration, Mono<String> clientSecret,
			Supplier<WebClient> webClient, Duration timeout, double refreshAfter) {
		SingletonSupplier<WebClientReactiveClientCredentialsTokenResponseClient> client = SingletonSupplier
			.of(() -> tokenResponseClient(webClient.get()));
		return new AccessTokenCache(registration, clientSecret, (request) -> client.obtain().getTokenResponse(request),
				timeout, refreshAfter, new TokenClock(), () -> ThreadLocalRandom.current().nextDouble());
	}

	/**
	 * Made for the first fetch: it costs what a good part of the starter's share in the
	 * start of an application would be.
	 */
	private static WebClientReactiveClientCredentialsTokenResponseClient tokenResponseClient(WebClient webClient) {
		WebClientReactiveClientCredentialsTokenResponseClient client = new WebClientReactiveClientCredentialsTokenResponseClient();
		client.setWebClient(webClient);
		client.setBodyExtractor(new AccessTokenResponseExtractor());
		return client;
	}

	/**
	 * Return a filter that sends the token to the origin of the given URI and refuses
	 * requests to any other.
	 * @param baseUrl the URI whose scheme, host and port may receive the token
	 * @param maxAttempts how often a request is sent at the most, the first time included
	 * @param maxWait the longest wait before a request is sent again
	 * @param followsRedirects whether reads follow redirects within the origin
	 * @return a filter, to be the last of its client
	 */
	public ExchangeFilterFunction exchangeFilter(URI baseUrl, int maxAttempts, Duration maxWait,
			boolean followsRedirects) {
		return new BearerTokenExchangeFilterFunction(this, Origin.of(baseUrl), new RetryPolicy(maxAttempts, maxWait),
				followsRedirects);
	}

	/**
	 * Return an authorized client manager that hands out the token of this cache.
	 * @return a manager for the one client registration of this cache
	 */
	public OAuth2AuthorizedClientManager authorizedClientManager() {
		return new CachedOAuth2AuthorizedClientManager(this, this.registration);
	}

	/**
	 * Return the token at hand if it is usable, and start its renewal if that is due.
	 */
	@Nullable CachedAccessToken current() {
		return current(Context.empty());
	}

	/**
	 * The same for a call with the given context, whose trace the renewal takes part in.
	 */
	@Nullable CachedAccessToken current(ContextView context) {
		TokenState state = this.state;
		CachedAccessToken token = state.token;
		if (token == null) {
			return null;
		}
		long age = token.age(this.clock);
		if (!token.isRenewalDue(age)) {
			return token;
		}
		if (!token.isUsable(age)) {
			return null;
		}
		if (state.mayRenew(this.clock.nanoTime()) && !this.closed) {
			startFetch(state, context);
		}
		return token;
	}

	/**
	 * Emit the token at hand, or the one that a fetch brings.
	 */
	Mono<CachedAccessToken> get() {
		return Mono.deferContextual(this::currentOrFetched);
	}

	private Mono<CachedAccessToken> currentOrFetched(ContextView context) {
		while (true) {
			if (this.closed) {
				return Mono.error(closedException());
			}
			TokenState state = this.state;
			CachedAccessToken token = current(context);
			if (token != null) {
				return Mono.just(token);
			}
			TokenFetch fetch = state.fetch;
			if (fetch == null) {
				FailedFetch failure = state.failure;
				if (failure != null && failure.isCoolingDown(this.clock.nanoTime())) {
					return failure.isConfigurationError() ? fetchedWithOtherSecret(state, failure, context)
							: Mono.error(failure.toException());
				}
				fetch = startFetch(state, context);
			}
			if (fetch != null) {
				return fetch.outcome().map(this::tokenOrThrow).onErrorStop();
			}
		}
	}

	/**
	 * A refused configuration is asked about again when the client secret is another one.
	 */
	private Mono<CachedAccessToken> fetchedWithOtherSecret(TokenState state, FailedFetch failure, ContextView context) {
		return this.clientSecret.timeout(this.timeout)
			.onErrorComplete()
			.map((clientSecret) -> !clientSecret.equals(failure.clientSecret()))
			.defaultIfEmpty(false)
			.contextWrite(AccessTokenCache::withoutHooksOfTheCaller)
			.flatMap((changed) -> {
				if (!changed) {
					return Mono.error(failure.toException());
				}
				startFetch(state, context);
				return currentOrFetched(context);
			});
	}

	private static Context withoutHooksOfTheCaller(Context context) {
		return Context.empty();
	}

	private CachedAccessToken tokenOrThrow(FetchOutcome outcome) {
		if (outcome instanceof FailedFetch failure) {
			throw this.closed ? closedException() : failure.toException();
		}
		return (CachedAccessToken) outcome;
	}

	private ClientAuthorizationException closedException() {
		return new ClientAuthorizationException(new OAuth2Error(OAuth2ErrorCodes.TEMPORARILY_UNAVAILABLE),
				this.registration.getRegistrationId(), "No access token for A55: the application context is closed.");
	}

	/**
	 * Take note that the API refused the given token.
	 */
	void refused(CachedAccessToken token) {
		long nanos = this.clock.nanoTime();
		TokenState before = STATE.getAndUpdate(this, (state) -> state.refused(token, nanos));
		if (before.evicts(token, nanos)) {
			this.statistics.evicted();
		}
	}

	String registrationId() {
		return this.registration.getRegistrationId();
	}

	TokenState state() {
		return this.state;
	}

	AccessTokenStatistics statistics() {
		return this.statistics;
	}

	/**
	 * Whether the given token may still be handed out.
	 */
	boolean isUsable(@Nullable CachedAccessToken token) {
		return token != null && token.isUsable(token.age(this.clock));
	}

	/**
	 * Return how long the token at hand still lives, or zero without one.
	 */
	Duration timeToLive() {
		CachedAccessToken token = this.state.token;
		return (token != null) ? token.timeToLive(token.age(this.clock)) : Duration.ZERO;
	}

	/**
	 * Return the time from which a call starts the next fetch, if there is a token or a
	 * failure to wait for.
	 */
	@Nullable Instant nextTry() {
		return this.state.nextTry(this.clock);
	}

	/**
	 * Start a fetch, unless the state is another one already. That the caller's thread is
	 * interrupted is the caller's affair: some HTTP clients would refuse to send.
	 */
	private @Nullable TokenFetch startFetch(TokenState state, ContextView context) {
		TokenFetch fetch = new TokenFetch(this.clock);
		if (!STATE.compareAndSet(this, state, state.fetching(fetch))) {
			return null;
		}
		boolean interrupted = Thread.interrupted();
		try {
			fetch.runs(request(fetch).contextWrite(traceOf(context))
				.subscribe((response) -> succeeded(fetch, response), (ex) -> failed(fetch, ex)));
		}
		catch (Throwable ex) {
			failed(fetch, ex);
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
		if (this.closed) {
			destroy();
		}
		return fetch;
	}

	/**
	 * Return the part of a caller's context that goes with the fetch. The fetch is not
	 * the caller's: whatever else that has in its context has no say in it.
	 */
	private static Context traceOf(ContextView context) {
		Object observation = context.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		return (observation != null) ? Context.of(ObservationThreadLocalAccessor.KEY, observation) : Context.empty();
	}

	private Mono<OAuth2AccessTokenResponse> request(TokenFetch fetch) {
		return this.clientSecret.flatMap((clientSecret) -> {
			fetch.sends(clientSecret);
			return this.tokenResponseClient.getTokenResponse(grantRequest(clientSecret));
		})
			.switchIfEmpty(Mono.error(() -> new IllegalStateException("The answer is empty")))
			.timeout(this.timeout, Mono.error(() -> new TimeoutException(this.timeout.toMillis() + " ms")));
	}

	private OAuth2ClientCredentialsGrantRequest grantRequest(String clientSecret) {
		return new OAuth2ClientCredentialsGrantRequest(
				ClientRegistration.withClientRegistration(this.registration).clientSecret(clientSecret).build());
	}

	private void succeeded(TokenFetch fetch, OAuth2AccessTokenResponse response) {
		CachedAccessToken fresh;
		try {
			fresh = new CachedAccessToken(response.getAccessToken(), fetch.startedNanos(), fetch.startedMillis(),
					this.refreshAfter * (1 - 0.1 * this.random.getAsDouble()));
		}
		catch (RuntimeException ex) {
			failed(fetch, ex);
			return;
		}
		if (!fresh.isUsable(fresh.age(this.clock))) {
			failed(fetch, new IllegalStateException("The token had expired when it arrived"));
			return;
		}
		settle(fetch, fresh);
	}

	private void failed(TokenFetch fetch, Throwable ex) {
		FailedFetch previous = this.state.failure;
		int count = (previous != null) ? previous.count() + 1 : 1;
		settle(fetch, new FailedFetch(this.registration, ex, fetch.clientSecret(), count, this.clock,
				this.random.getAsDouble()));
	}

	private void settle(TokenFetch fetch, FetchOutcome outcome) {
		TokenState before;
		TokenState after;
		do {
			before = this.state;
			if (before.fetch != fetch) {
				return;
			}
			if (this.closed && outcome instanceof CachedAccessToken) {
				failed(fetch, closedException());
				return;
			}
			after = (outcome instanceof CachedAccessToken fresh) ? before.succeeded(fresh, this.clock)
					: before.failed((FailedFetch) outcome);
		}
		while (!STATE.compareAndSet(this, before, after));
		if (fetch.clientSecret() != null) {
			this.statistics.fetched(outcome, this.clock.nanoTime() - fetch.startedNanos());
		}
		fetch.settle((outcome instanceof CachedAccessToken) ? Objects.requireNonNull(after.token) : outcome);
		log(before.failure, after);
	}

	private void log(@Nullable FailedFetch before, TokenState after) {
		FailedFetch failure = after.failure;
		if (before == null && failure != null && !this.closed) {
			logger.warn((isUsable(after.token) ? "The A55 access token cannot be renewed and is used on: "
					: "No access token for A55: ") + failure.describe());
		}
		else if (before != null && failure == null) {
			logger.info("The A55 token endpoint issues access tokens again");
		}
	}

	/**
	 * Abort a fetch that is under way and fail all who wait for it, and all later calls.
	 */
	@Override
	public void destroy() {
		this.closed = true;
		TokenFetch fetch = STATE.updateAndGet(this, TokenState::emptied).fetch;
		if (fetch != null) {
			fetch.abort();
			failed(fetch, closedException());
		}
	}

}
