package tech.a55.spring.boot.connector;

import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * Limits the time until a request is written. The connect timeout of the libraries does
 * not include all of the name resolution, the wait for a pooled connection, connecting
 * and TLS, so that a call could take many times as long.
 */
final class ConnectTimeoutConnector implements ClientHttpConnector {

	private final ClientHttpConnector connector;

	private final Duration timeout;

	private final WriteObserver observer;

	private ConnectTimeoutConnector(ClientHttpConnector connector, Duration timeout, WriteObserver observer) {
		this.connector = connector;
		this.timeout = timeout;
		this.observer = observer;
	}

	/**
	 * Limit the requests of a connector.
	 * @param connector the connector
	 * @param timeout the longest time until a request is written, if there is one
	 * @param observer tells when that is
	 */
	static ClientHttpConnector limit(ClientHttpConnector connector, @Nullable Duration timeout,
			WriteObserver observer) {
		return (timeout != null) ? new ConnectTimeoutConnector(connector, timeout, observer) : connector;
	}

	@Override
	public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
			Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
		return Mono.defer(() -> {
			Phase phase = new Phase();
			AtomicReference<@Nullable Subscription> call = new AtomicReference<>();
			Mono<ClientHttpResponse> timedOut = Mono.error(() -> timedOut(uri));
			return this.connector
				.connect(method, uri,
						(request) -> this.observer.observe(request, phase) ? requestCallback.apply(request)
								: Mono.error(timedOut(uri)))
				.doOnSubscribe(call::set)
				.timeout(expiry(phase), timedOut)
				.doOnCancel(() -> cancel(call.get()));
		});
	}

	private Mono<Long> expiry(Phase phase) {
		return Mono.delay(this.timeout).flatMap((delayed) -> phase.expire() ? Mono.just(delayed) : Mono.never());
	}

	/**
	 * Cancel even if there is a response. Until its body is read, the library needs this
	 * to release the connection, and the timeout would not pass it on.
	 */
	private static void cancel(@Nullable Subscription call) {
		if (call != null) {
			call.cancel();
		}
	}

	/**
	 * The message begins like those of the libraries, so that this is known as a failure
	 * after which nothing was sent.
	 */
	private SocketTimeoutException timedOut(URI uri) {
		return new SocketTimeoutException(
				"Connect timeout: no connection to %s://%s within %d ms, new or from the pool of the A55 client"
					.formatted(uri.getScheme(), uri.getRawAuthority(), this.timeout.toMillis()));
	}

	/**
	 * Reports when a request is written.
	 */
	interface WriteObserver {

		/**
		 * For libraries that ask for the request when there is a connection, and for the
		 * JDK's client, whose own timeout limits connecting and TLS.
		 */
		WriteObserver REQUEST = (request, phase) -> phase.end();

		/**
		 * Observe the given request, which is about to be prepared.
		 * @return whether the request may be prepared
		 */
		boolean observe(ClientHttpRequest request, Phase phase);

	}

	/**
	 * The time until a request is written. Ends once: a request that has timed out is
	 * never written, and one that is written does not time out here.
	 */
	static final class Phase {

		private final AtomicReference<State> state = new AtomicReference<>(State.CONNECTING);

		/**
		 * End with a request that is written.
		 * @return whether it may be written
		 */
		boolean end() {
			return this.state.compareAndSet(State.CONNECTING, State.WRITING) || this.state.get() == State.WRITING;
		}

		private boolean expire() {
			return this.state.compareAndSet(State.CONNECTING, State.EXPIRED);
		}

		private enum State {

			CONNECTING, WRITING, EXPIRED

		}

	}

}
