package tech.a55.spring.boot.token;

import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
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

/**
 * The access token of the application. It is fetched when it is first needed, renewed in
 * the background, and shared by all users, threads and requests.
 * <p>
 * {@link TokenState} decides, and this class acts. Each transition is a compare-and-set
 * of one immutable state, so nothing is locked and nothing blocks. Thread-safe.
 *
 * @since 0.1.0
 */
public final class AccessTokenCache implements DisposableBean {

	private static final Log logger = LogFactory.getLog(AccessTokenCache.class);

	private static final AtomicReferenceFieldUpdater<AccessTokenCache, TokenState> STATE = AtomicReferenceFieldUpdater
		.newUpdater(AccessTokenCache.class, TokenState.class, "state");

	private final AccessTokenRequest request;

	private final FetchOutcomeFactory outcomes;

	private final TokenClock clock;

	private final AccessTokenStatistics statistics = new AccessTokenStatistics();

	private volatile TokenState state;

	/**
	 * Create a cache that has not fetched anything yet.
	 * @param request the request for an access token
	 * @param refreshAfter the part of a token's life after which it is renewed
	 */
	public AccessTokenCache(AccessTokenRequest request, double refreshAfter) {
		this(request, refreshAfter, new TokenClock(), () -> ThreadLocalRandom.current().nextDouble());
	}

	AccessTokenCache(AccessTokenRequest request, double refreshAfter, TokenClock clock, DoubleSupplier random) {
		this.request = request;
		this.outcomes = new FetchOutcomeFactory(request.account(), request.registration(), refreshAfter, clock, random);
		this.clock = clock;
		this.state = TokenState.initial(clock.nanoTime());
	}

	@Nullable CachedAccessToken handOut() {
		return handOut(Context.empty());
	}

	/**
	 * Hand out the current token if it is usable, and start its renewal if that is due.
	 * @param context the context of the call, whose trace includes the renewal
	 * @return the token, or {@code null} if the caller has to wait for a fetch
	 */
	public @Nullable CachedAccessToken handOut(ContextView context) {
		TokenState state = this.state;
		CachedAccessToken token = state.token;
		if (token == null) {
			return null;
		}
		long age = token.age(this.clock);
		if (!token.isRenewalDue(age) && !state.suspect) {
			return token;
		}
		if (!token.isUsable(age) || (state.suspect && state.failure == null)) {
			return null;
		}
		if (state.mayRenew(this.clock.nanoTime())) {
			startFetch(state, context);
		}
		return token;
	}

	/**
	 * Hand out the current token, or fetch one. A subscriber that cancels ends only its
	 * own wait.
	 * @return the token, or an error with the reason why there is none
	 */
	public Mono<CachedAccessToken> obtain() {
		return Mono.deferContextual((context) -> obtain(null, context));
	}

	/**
	 * Hand out another token than the one that the API refused, or fetch one.
	 * @param refused the token that was refused, already evicted
	 * @return another token, or nothing if there is none
	 */
	public Mono<CachedAccessToken> replace(CachedAccessToken refused) {
		return Mono.deferContextual((context) -> obtain(refused, context))
			.filter((token) -> !token.hasValueOf(refused))
			.onErrorComplete();
	}

	private Mono<CachedAccessToken> obtain(@Nullable CachedAccessToken refused, ContextView context) {
		while (true) {
			TokenState state = this.state;
			if (state.isClosed()) {
				return Mono.error(closedException());
			}
			CachedAccessToken token = handOut(context);
			if (token != null
					&& (refused == null || !token.hasValueOf(refused) || !state.mayReplace(refused, this.clock))) {
				return Mono.just(token);
			}
			PendingFetch fetch = state.fetch;
			if (fetch == null) {
				FailedFetch failure = state.failure;
				if (failure != null && failure.isCoolingDown(this.clock.nanoTime(), false)) {
					return failure.isConfigurationError() ? fetchWithOtherSecret(state, failure, context)
							: Mono.error(failure.toException());
				}
				fetch = startFetch(state, context);
			}
			if (fetch != null) {
				return await(fetch);
			}
		}
	}

	private Mono<CachedAccessToken> fetchWithOtherSecret(TokenState state, FailedFetch failure, ContextView context) {
		return this.request.hasOtherSecretThan(failure.clientSecret()).flatMap((changed) -> {
			if (!changed) {
				return Mono.error(failure.toException());
			}
			PendingFetch fetch = startFetch(state, context);
			return (fetch != null) ? await(fetch) : obtain(null, context);
		});
	}

	private Mono<CachedAccessToken> await(PendingFetch fetch) {
		return fetch.outcome(this.request.longestWait(), () -> {
			fail(fetch, new TimeoutException(this.request.timeout().toMillis() + " ms"));
			fetch.abort();
		}).map(this::tokenOrThrow).onErrorStop();
	}

	/**
	 * A suspect token is the last resort if the fetch of the next one fails.
	 */
	private CachedAccessToken tokenOrThrow(FetchOutcome outcome) {
		if (!(outcome instanceof FailedFetch failure)) {
			return (CachedAccessToken) outcome;
		}
		CachedAccessToken suspect = handOut();
		if (suspect != null) {
			return suspect;
		}
		throw this.state.isClosed() ? closedException() : failure.toException();
	}

	private ClientAuthorizationException closedException() {
		return new ClientAuthorizationException(new OAuth2Error(OAuth2ErrorCodes.TEMPORARILY_UNAVAILABLE),
				registration().getRegistrationId(),
				"No access token for " + account().label() + ": the application context is closed.");
	}

	/**
	 * Start a fetch, unless the state has changed. An interruption is only meant for the
	 * caller, and some HTTP clients would refuse to send, so it is suspended meanwhile.
	 */
	private @Nullable PendingFetch startFetch(TokenState state, ContextView context) {
		PendingFetch fetch = new PendingFetch(this.clock);
		if (!STATE.compareAndSet(this, state, state.fetching(fetch))) {
			return null;
		}
		boolean interrupted = Thread.interrupted();
		try {
			fetch.runs(this.request.send(context, fetch, state, this.outcomes)
				.subscribe((outcome) -> settle(fetch, outcome), (ex) -> fail(fetch, ex)));
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

	private void fail(PendingFetch fetch, Throwable ex) {
		settle(fetch, this.outcomes.failure(fetch, ex, this.state.failure));
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
		log(before.failure, after, fetch.clientSecret() == null);
	}

	private void tell(PendingFetch fetch, FetchOutcome outcome) {
		this.statistics.fetched(outcome, fetch.clientSecret() != null, this.clock.nanoTime() - fetch.startedNanos());
		fetch.settle(outcome);
	}

	private void log(@Nullable FailedFetch before, TokenState after, boolean shared) {
		FailedFetch failure = after.failure;
		if (before == null && failure != null) {
			boolean usable = after.isUsable(this.clock);
			logger.warn((usable
					? "The A55 access token" + account().phrase("of") + " cannot be renewed and remains in use: "
					: "No access token for " + account().label() + ": ") + failure.describe(usable && !after.suspect));
		}
		else if (before != null && failure == null) {
			String account = account().phrase("for");
			logger.info(shared ? "Another instance has shared an A55 access token" + account
					: "The A55 token endpoint issues access tokens" + account + " again");
		}
	}

	/**
	 * Make the given token suspect, because the API refused it. Does nothing if it is not
	 * the current token any more, or if too many tokens were evicted lately.
	 * @param refused the token that was refused
	 * @return whether there is another token already, or one may be fetched
	 */
	public boolean evict(CachedAccessToken refused) {
		long nanos = this.clock.nanoTime();
		TokenState before = STATE.getAndUpdate(this, (state) -> state.refused(refused, nanos));
		if (before.mayEvict(refused, nanos)) {
			this.statistics.evicted();
		}
		return this.state.mayReplace(refused, this.clock);
	}

	/**
	 * Return the account that tokens are issued to.
	 * @return the name of the account
	 */
	public AccountName account() {
		return this.request.account();
	}

	/**
	 * Return the client registration that tokens are issued to.
	 * @return the client registration, without the client secret of the environment
	 */
	public ClientRegistration registration() {
		return this.request.registration();
	}

	boolean isShared() {
		return this.request.isShared();
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
	 * Abort a fetch that is under way. Callers that wait for it fail, and so do all later
	 * calls.
	 */
	@Override
	public void destroy() {
		PendingFetch fetch = STATE.getAndSet(this, TokenState.CLOSED).fetch;
		if (fetch != null) {
			fetch.abort();
			tell(fetch, this.outcomes.failure(fetch, closedException(), null));
		}
	}

}
