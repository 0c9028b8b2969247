package tech.a55.spring.boot.client;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;
import reactor.util.retry.Retry;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.CachedAccessToken;

import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.core.log.LogMessage;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.util.StringUtils;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/**
 * One call of the API: a request that is sent with the access token, and retried if its
 * response or failure allows it. The steps of a call follow one another, so this class
 * need not be thread-safe.
 */
final class AuthorizedExchange {

	private static final Log logger = LogFactory.getLog(AuthorizedExchange.class);

	private static final int MAX_BUFFERED_SIZE = 256 * 1024;

	/**
	 * If reading a body takes longer, the body is abandoned and its connection closed.
	 */
	private static final Duration MAX_READING_TIME = Duration.ofSeconds(2);

	private static final int MAX_REDIRECTS = 5;

	private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

	private final AccessTokenCache accessTokens;

	private final Origin origin;

	private final RetryPolicy retryPolicy;

	private final ExchangeStatistics statistics;

	private final ExchangeFunction next;

	private final ContextView context;

	private final RepeatableBody body;

	private ClientRequest request;

	private int redirects;

	private int attempts = 1;

	private @Nullable BackOffExecution backOff;

	private boolean replayed;

	AuthorizedExchange(AccessTokenCache accessTokens, Origin origin, RetryPolicy retryPolicy,
			ExchangeStatistics statistics, ClientRequest request, ExchangeFunction next, ContextView context) {
		this.accessTokens = accessTokens;
		this.origin = origin;
		this.retryPolicy = retryPolicy;
		this.statistics = statistics;
		this.request = request;
		this.next = next;
		this.context = context;
		this.body = new RepeatableBody(request.body());
	}

	Mono<ClientResponse> start() {
		return attempt().onErrorResume((failure) -> isRetryable(failure) ? retry(failure) : Mono.error(failure));
	}

	private Mono<ClientResponse> attempt() {
		CachedAccessToken token = this.accessTokens.handOut(this.context);
		return (token != null) ? send(token) : this.accessTokens.obtain().flatMap(this::send);
	}

	private Mono<ClientResponse> send(CachedAccessToken token) {
		AuthorizedRequest authorized = new AuthorizedRequest(this.request, this.body, this.accessTokens, this.origin,
				this.context, token);
		return this.next.exchange(authorized).flatMap((response) -> examine(response, authorized));
	}

	private Mono<ClientResponse> examine(ClientResponse response, AuthorizedRequest authorized) {
		this.statistics.responded(response);
		if (response.statusCode().is2xxSuccessful()) {
			return handOver(response);
		}
		if (REDIRECTS.contains(response.statusCode().value())) {
			return redirected(response);
		}
		if (response.statusCode().value() == HttpStatus.UNAUTHORIZED.value()) {
			return refused(response, authorized.token());
		}
		if (this.retryPolicy.isRetryable(this.request, response.statusCode())) {
			return unavailable(response);
		}
		return handOver(response);
	}

	private Mono<ClientResponse> handOver(ClientResponse response) {
		this.body.release();
		return Mono.just(response);
	}

	/**
	 * Release the response only if another attempt follows. A response that goes to the
	 * caller must stay intact.
	 */
	private Mono<ClientResponse> unavailable(ClientResponse response) {
		Duration wait = nextWait("status " + response.statusCode().value(), response);
		return (wait != null)
				? release(response).then(Mono.error(new UnavailableException(response.statusCode(), wait)))
				: handOver(response);
	}

	private static Mono<Void> release(ClientResponse response) {
		return response.releaseBody().timeout(MAX_READING_TIME).onErrorComplete();
	}

	/**
	 * Follow a redirect within the origin, if redirects are followed.
	 */
	private Mono<ClientResponse> redirected(ClientResponse response) {
		URI target = this.retryPolicy.followsRedirect(this.request) ? redirectTarget(response) : null;
		if (target == null || this.redirects == MAX_REDIRECTS || !this.body.isRepeatable()) {
			return handOver(response);
		}
		this.redirects++;
		this.request = ClientRequest.from(this.request).url(target).build();
		return release(response).then(Mono.defer(this::attempt));
	}

	private @Nullable URI redirectTarget(ClientResponse response) {
		String location = response.headers().asHttpHeaders().getFirst(HttpHeaders.LOCATION);
		try {
			boolean resolvable = StringUtils.hasText(location) && !location.startsWith("?");
			URI target = resolvable ? this.request.url().resolve(location) : null;
			return (target != null && this.origin.contains(target)) ? target : null;
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	private Mono<ClientResponse> refused(ClientResponse response, CachedAccessToken token) {
		boolean replaceable = this.accessTokens.evict(token);
		boolean large = response.headers().contentLength().orElse(0) > MAX_BUFFERED_SIZE;
		if (this.replayed || !replaceable || !this.body.isRepeatable() || large) {
			return handOver(response);
		}
		return buffered(response).flatMap((buffered) -> this.accessTokens.replace(token)
			.map(Optional::of)
			.defaultIfEmpty(Optional.empty())
			.flatMap((other) -> other.isPresent() ? replay(other.get()) : handOver(buffered)));
	}

	private Mono<ClientResponse> replay(CachedAccessToken token) {
		this.replayed = true;
		this.statistics.replayed();
		return send(token);
	}

	/**
	 * Read the body, so that its connection is free while the call waits for the next
	 * token. A body that cannot be read is replaced by an empty one, because the caller
	 * will most likely get the response to the retry instead.
	 */
	private static Mono<ClientResponse> buffered(ClientResponse response) {
		return DataBufferUtils.join(response.body(BodyExtractors.toDataBuffers()), MAX_BUFFERED_SIZE).map((buffer) -> {
			byte[] bytes = new byte[buffer.readableByteCount()];
			buffer.read(bytes);
			DataBufferUtils.release(buffer);
			return bytes;
		})
			.timeout(MAX_READING_TIME)
			.onErrorComplete()
			.defaultIfEmpty(new byte[0])
			.map((bytes) -> response.mutate()
				.body((consumed) -> Flux.defer(() -> Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(bytes))))
				.build());
	}

	private boolean isRetryable(Throwable failure) {
		return failure instanceof UnavailableException || this.retryPolicy.isRetryable(this.request, failure);
	}

	/**
	 * Retry the request as often as the policy allows. The first attempt has already
	 * failed: it was made without these operators, which would cost time in each call.
	 * {@code onErrorStop} is there because error handling in the context of the caller
	 * would otherwise keep the last failure from ending the call.
	 */
	private Mono<ClientResponse> retry(Throwable firstFailure) {
		AtomicReference<@Nullable Throwable> first = new AtomicReference<>(firstFailure);
		return Mono.defer(() -> {
			Throwable failure = first.getAndSet(null);
			return (failure != null) ? Mono.<ClientResponse>error(failure) : attempt();
		}).retryWhen(Retry.from((signals) -> signals.concatMap((signal) -> await(signal.failure())))).onErrorStop();
	}

	private Mono<RetryReason> await(Throwable failure) {
		RetryReason reason = RetryReason.CONNECTION;
		Duration wait = null;
		if (failure instanceof UnavailableException ex) {
			reason = RetryReason.of(ex.status);
			wait = ex.wait;
		}
		else if (isRetryable(failure)) {
			wait = nextWait(String.valueOf(failure.getMessage()), null);
		}
		return (wait != null) ? Mono.delay(wait).thenReturn(reason).doOnNext(this.statistics::retried)
				: Mono.error(failure);
	}

	/**
	 * Return the wait before the next attempt, or {@code null} if this was the last.
	 */
	private @Nullable Duration nextWait(String reason, @Nullable ClientResponse response) {
		if (this.attempts >= this.retryPolicy.maxAttempts() || !this.body.isRepeatable()) {
			return null;
		}
		if (this.backOff == null) {
			this.backOff = this.retryPolicy.startBackOff();
		}
		Duration wait = this.retryPolicy.waitAfter(response, this.backOff);
		if (wait != null) {
			this.attempts++;
			logger.debug(LogMessage.of(() -> "%s %s%s: %s; attempt %d follows in %d ms".formatted(this.request.method(),
					this.request.url().getRawPath(), this.accessTokens.account().phrase("for"), reason, this.attempts,
					wait.toMillis())));
		}
		return wait;
	}

	/**
	 * Stands for a response that was released, because Reactor's retry reacts to errors
	 * only. A caller never gets it.
	 */
	private static final class UnavailableException extends RuntimeException {

		private final HttpStatusCode status;

		private final Duration wait;

		UnavailableException(HttpStatusCode status, Duration wait) {
			super(null, null, false, false);
			this.status = status;
			this.wait = wait;
		}

	}

}
