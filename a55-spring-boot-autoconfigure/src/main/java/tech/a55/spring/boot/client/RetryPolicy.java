package tech.a55.spring.boot.client;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

import javax.net.ssl.SSLPeerUnverifiedException;

import org.jspecify.annotations.Nullable;
import tech.a55.spring.boot.token.RetryAfter;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.util.StringUtils;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * Decides which requests are retried, how often and when. Immutable.
 * <p>
 * After 429, any request is retried, because 429 says that nothing was done. After 502,
 * 503, 504 or a lost connection, the request may have been carried out. Then only
 * requests are retried that have the same effect if they arrive twice: those with an
 * idempotent method (<a href="https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2">RFC
 * 9110, section 9.2.2</a>), and those with an {@code Idempotency-Key}, which A55 keeps
 * for 24 hours.
 */
final class RetryPolicy {

	private static final String IDEMPOTENCY_KEY = "Idempotency-Key";

	private static final Set<HttpMethod> SAFE_METHODS = Set.of(HttpMethod.GET, HttpMethod.HEAD);

	private static final Set<HttpMethod> IDEMPOTENT_METHODS = Set.of(HttpMethod.GET, HttpMethod.HEAD,
			HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

	private static final Set<HttpMethod> METHODS_WITH_KEY = Set.of(HttpMethod.POST, HttpMethod.PATCH);

	private static final Set<Integer> UNAVAILABLE = Set.of(502, 503, 504);

	private static final long FIRST_BACK_OFF_MILLIS = 500;

	private final int maxAttempts;

	private final Duration maxWait;

	private final boolean followsRedirects;

	private final InstantSource clock;

	/**
	 * Create a policy.
	 * @param maxAttempts how often a request is sent at most, including the first time
	 * @param maxWait the longest wait between two attempts
	 * @param followsRedirects whether reads follow redirects
	 */
	RetryPolicy(int maxAttempts, Duration maxWait, boolean followsRedirects) {
		this(maxAttempts, maxWait, followsRedirects, InstantSource.system());
	}

	RetryPolicy(int maxAttempts, Duration maxWait, boolean followsRedirects, InstantSource clock) {
		this.maxAttempts = maxAttempts;
		this.maxWait = maxWait;
		this.followsRedirects = followsRedirects;
		this.clock = clock;
	}

	int maxAttempts() {
		return this.maxAttempts;
	}

	/**
	 * Whether a redirect of the given request is followed. Only reads are: only the
	 * caller can know whether another request may be sent to another URL.
	 */
	boolean followsRedirect(ClientRequest request) {
		return this.followsRedirects && SAFE_METHODS.contains(request.method());
	}

	boolean isRetryable(ClientRequest request, HttpStatusCode status) {
		return status.value() == 429 || (UNAVAILABLE.contains(status.value()) && isIdempotent(request));
	}

	boolean isRetryable(ClientRequest request, Throwable failure) {
		return failure instanceof WebClientRequestException && isConnectionFailure(failure) && isIdempotent(request);
	}

	private static boolean isIdempotent(ClientRequest request) {
		return IDEMPOTENT_METHODS.contains(request.method()) || (METHODS_WITH_KEY.contains(request.method())
				&& StringUtils.hasText(request.headers().getFirst(IDEMPOTENCY_KEY)));
	}

	/**
	 * Whether the connection could not be made or was lost. A late response is no such
	 * failure. Nor is a bad certificate, because it would be as bad in a retry. The cause
	 * of a name that does not resolve may be anything.
	 */
	private static boolean isConnectionFailure(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
				return true;
			}
		}
		Throwable cause = NestedExceptionUtils.getMostSpecificCause(failure);
		if (cause instanceof InterruptedIOException) {
			return isConnectTimeout(cause);
		}
		return cause instanceof IOException && !(cause instanceof HttpTimeoutException)
				&& !(cause instanceof SSLPeerUnverifiedException);
	}

	/**
	 * Jetty and HttpComponents throw the same type if the connection times out and if the
	 * response does. Only the messages of the former begin with "connect": "Connect
	 * Timeout", "Connect to ... failed".
	 */
	private static boolean isConnectTimeout(Throwable timeout) {
		return timeout instanceof SocketTimeoutException
				&& StringUtils.startsWithIgnoreCase(timeout.getMessage(), "connect");
	}

	BackOffExecution startBackOff() {
		long first = Math.min(FIRST_BACK_OFF_MILLIS, this.maxWait.toMillis());
		ExponentialBackOff backOff = new ExponentialBackOff(first, 2);
		backOff.setJitter(first / 2);
		backOff.setMaxInterval(this.maxWait.toMillis());
		return backOff.start();
	}

	/**
	 * Return the wait before the next attempt, or {@code null} if it would exceed the
	 * longest wait. A {@code Retry-After} that is in the past or cannot be read is
	 * ignored. A random part of a back-off is added to any other, so that clients that
	 * got the same value do not all retry at the same time.
	 */
	@Nullable Duration waitAfter(@Nullable ClientResponse response, BackOffExecution backOff) {
		long millis = backOff.nextBackOff();
		Duration retryAfter = (response != null) ? RetryAfter.of(response.headers().asHttpHeaders(), this.clock) : null;
		if (retryAfter == null) {
			return Duration.ofMillis(millis);
		}
		if (retryAfter.compareTo(this.maxWait) > 0) {
			return null;
		}
		Duration spread = retryAfter.plusMillis(ThreadLocalRandom.current().nextLong(millis + 1));
		return (spread.compareTo(this.maxWait) < 0) ? spread : this.maxWait;
	}

}
