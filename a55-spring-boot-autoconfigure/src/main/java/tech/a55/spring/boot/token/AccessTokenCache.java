package tech.a55.spring.boot.token;

import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.DoubleSupplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2ErrorCodes;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;

/**
 * The one access token of the application: fetched when first needed, renewed in the
 * background, shared by all users, threads and requests.
 * <p>
 * This class acts, {@link TokenState} decides. Each transition is a compare-and-set of
 * one immutable state; nothing is locked, nothing blocks. Thread-safe.
 *
 * @since 0.1.0
 */
public final class AccessTokenCache implements DisposableBean {

	private static final Log logger = LogFactory.getLog(AccessTokenCache.class);

	private static final AtomicReferenceFieldUpdater<AccessTokenCache, TokenState> STATE = AtomicReferenceFieldUpdater
		.newUpdater(AccessTokenCache.class, TokenState.class, "state");

	private final AccessTokenRequest request;

	private final double refreshAfter;

	private final TokenClock clock;

	private final DoubleSupplier random;

	private final AccessTokenStatistics statistics = new AccessTokenStatistics();

	private volatile TokenState state;

	/**
	 * Create a cache that has not fetched anything yet.
	 * @param request requests an access token
	 * @param refreshAfter the part of a token's life after which it is renewed
	 */
	public AccessTokenCache(AccessTokenRequest request, double refreshAfter) {
		this(request, refreshAfter, new TokenClock(), () -> ThreadLocalRandom.current().nextDouble());
	}

	AccessTokenCache(AccessTokenRequest request, double refreshAfter, TokenClock clock, DoubleSupplier random) {
		this.request = request;
		this.refreshAfter = refreshAfter;
		this.clock = clock;
		this.random = random;
		this.state = TokenState.initial(clock.nanoTime());
	}

	/**
	 * Hand out the token at hand if it is usable, and start its renewal if that is due.
	 * @return the token, or {@code null} if a fetch has to be awaited
	 */
	public @Nullable CachedAccessToken handOut() {
		return handOut(Context.empty());
	}

	/**
	 * Hand out the token at hand if it is usable, and start its renewal if that is due.
	 * @param context the context of the call, whose trace the renewal takes part in
	 * @return the token, or {@code null} if a fetch has to be awaited
	 */
	public @Nullable CachedAccessToken handOut(ContextView context) {
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
		if (state.mayRenew(this.clock.nanoTime())) {
			startFetch(state, context);
		}
		return token;
	}

	/**
	 * Hand out the token at hand, or fetch one. To cancel the subscription ends the wait
	 * of that subscriber only.
	 * @return the token or a {@link ClientAuthorizationException} that says why there is
	 * none
	 */
	public Mono<CachedAccessToken> obtain() {
		return Mono.deferContextual(this::handOutOrFetch);
	}

	private Mono<CachedAccessToken> handOutOrFetch(ContextView context) {
		while (true) {
			TokenState state = this.state;
			if (state.isClosed()) {
				return Mono.error(closedException());
			}
			CachedAccessToken token = handOut(context);
			if (token != null) {
				return Mono.just(token);
			}
			PendingFetch fetch = state.fetch;
			if (fetch == null) {
				FailedFetch failure = state.failure;
				if (failure != null && failure.isCoolingDown(this.clock.nanoTime())) {
					return failure.isConfigurationError() ? fetchWithOtherSecret(state, failure, context)
							: Mono.error(failure.toException());
				}
				fetch = startFetch(state, context);
			}
			if (fetch != null) {
				return fetch.outcome().map(this::tokenOrThrow).onErrorStop();
			}
		}
	}

	private Mono<CachedAccessToken> fetchWithOtherSecret(TokenState state, FailedFetch failure, ContextView context) {
		return this.request.hasOtherSecretThan(failure.clientSecret()).flatMap((changed) -> {
			if (!changed) {
				return Mono.error(failure.toException());
			}
			startFetch(state, context);
			return handOutOrFetch(context);
		});
	}

	private CachedAccessToken tokenOrThrow(FetchOutcome outcome) {
		if (outcome instanceof FailedFetch failure) {
			throw this.state.isClosed() ? closedException() : failure.toException();
		}
		return (CachedAccessToken) outcome;
	}

	private ClientAuthorizationException closedException() {
		return new ClientAuthorizationException(new OAuth2Error(OAuth2ErrorCodes.TEMPORARILY_UNAVAILABLE),
				registration().getRegistrationId(), "No access token for A55: the application context is closed.");
	}

	/**
	 * Start a fetch, unless the state has changed. The thread of the caller may be
	 * interrupted, and some HTTP clients would then refuse to send: the interruption
	 * concerns the caller only.
	 */
	private @Nullable PendingFetch startFetch(TokenState state, ContextView context) {
		PendingFetch fetch = new PendingFetch(this.clock);
		if (!STATE.compareAndSet(this, state, state.fetching(fetch))) {
			return null;
		}
		boolean interrupted = Thread.interrupted();
		try {
			fetch.runs(this.request.send(context, fetch::sends)
				.subscribe((response) -> succeed(fetch, response), (ex) -> fail(fetch, ex)));
		}
		catch (Throwable ex) {
			fail(fetch, ex);
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
		return fetch;
	}

	private void succeed(PendingFetch fetch, OAuth2AccessTokenResponse response) {
		CachedAccessToken fresh;
		try {
			fresh = new CachedAccessToken(response.getAccessToken(), fetch.startedNanos(), fetch.startedMillis(),
					this.refreshAfter * (1 - 0.1 * this.random.getAsDouble()));
		}
		catch (RuntimeException ex) {
			fail(fetch, ex);
			return;
		}
		if (fresh.isUsable(fresh.age(this.clock))) {
			settle(fetch, fresh);
		}
		else {
			fail(fetch, new IllegalStateException("The token had expired when it arrived"));
		}
	}

	private void fail(PendingFetch fetch, Throwable ex) {
		settle(fetch, failure(fetch, ex));
	}

	private FailedFetch failure(PendingFetch fetch, Throwable ex) {
		FailedFetch previous = this.state.failure;
		int count = (previous != null) ? previous.count() + 1 : 1;
		return new FailedFetch(registration(), ex, fetch.clientSecret(), count, this.clock, this.random.getAsDouble());
	}

	private void settle(PendingFetch fetch, FetchOutcome outcome) {
		TokenState before;
		TokenState after;
		do {
			before = this.state;
			if (before.fetch != fetch) {
				return;
			}
			after = before.settled(outcome, this.clock);
		}
		while (!STATE.compareAndSet(this, before, after));
		tell(fetch, (outcome instanceof CachedAccessToken) ? Objects.requireNonNull(after.token) : outcome);
		log(before.failure, after);
	}

	private void tell(PendingFetch fetch, FetchOutcome outcome) {
		if (fetch.clientSecret() != null) {
			this.statistics.fetched(outcome, this.clock.nanoTime() - fetch.startedNanos());
		}
		fetch.settle(outcome);
	}

	private void log(@Nullable FailedFetch before, TokenState after) {
		FailedFetch failure = after.failure;
		if (before == null && failure != null) {
			logger.warn((after.isUsable(this.clock) ? "The A55 access token cannot be renewed and is used on: "
					: "No access token for A55: ") + failure.describe());
		}
		else if (before != null && failure == null) {
			logger.info("The A55 token endpoint issues access tokens again");
		}
	}

	/**
	 * Stop handing out the given token, because the API refused it. Does nothing if there
	 * is another token at hand already.
	 * @param refused the token that was refused
	 */
	public void evict(CachedAccessToken refused) {
		long nanos = this.clock.nanoTime();
		TokenState before = STATE.getAndUpdate(this, (state) -> state.refused(refused, nanos));
		if (before.evicts(refused, nanos)) {
			this.statistics.evicted();
		}
	}

	/**
	 * Return the client that the tokens are issued to.
	 * @return the client registration, without a client secret of the environment
	 */
	public ClientRegistration registration() {
		return this.request.registration();
	}

	TokenState state() {
		return this.state;
	}

	TokenClock clock() {
		return this.clock;
	}

	AccessTokenStatistics statistics() {
		return this.statistics;
	}

	/**
	 * Abort a fetch that is under way and fail all who wait for it, and all later calls.
	 */
	@Override
	public void destroy() {
		PendingFetch fetch = STATE.getAndSet(this, TokenState.CLOSED).fetch;
		if (fetch != null) {
			fetch.abort();
			tell(fetch, failure(fetch, closedException()));
		}
	}

}
