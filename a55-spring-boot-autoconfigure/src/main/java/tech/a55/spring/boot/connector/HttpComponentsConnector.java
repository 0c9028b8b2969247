package tech.a55.spring.boot.connector;

import java.io.Closeable;
import java.io.IOException;
import java.util.function.Consumer;

import org.apache.hc.client5.http.async.AsyncExecCallback;
import org.apache.hc.client5.http.async.AsyncExecChain;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.async.HttpAsyncClientBuilder;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Scheduler;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.reactive.HttpComponentsClientHttpConnectorBuilder;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpResponseDecorator;

/**
 * Connector of Apache HttpComponents.
 */
final class HttpComponentsConnector {

	private static final String CALL = HttpComponentsConnector.class.getName() + ".call";

	private static final String PHASE = HttpComponentsConnector.class.getName() + ".phase";

	private HttpComponentsConnector() {
	}

	/**
	 * Build a connector without the cookies of the library, on which Boot's setting has
	 * no effect, and without its retries, which include any method after status 429 and
	 * 503.
	 */
	static ClientHttpConnector build(HttpComponentsClientHttpConnectorBuilder builder, HttpClientSettings settings,
			boolean separate, Consumer<AutoCloseable> closeables) {
		ClientHttpConnector connector = builder.withHttpClientCustomizer((client) -> {
			client.disableRedirectHandling().disableCookieManagement().disableAutomaticRetries();
			hideSecretsFromLogs(client);
			client.addExecInterceptorFirst("a55-call", HttpComponentsConnector::execute);
			client.addExecInterceptorBefore(ChainElement.MAIN_TRANSPORT.name(), "a55-write",
					HttpComponentsConnector::write);
			if (separate) {
				// The first is for HTTP/1.1, and the second for HTTP/2
				client.setConnectionReuseStrategy((request, response, context) -> false);
				client.setKeepAliveStrategy((response, context) -> TimeValue.ofMilliseconds(1));
			}
		})
			.withConnectionConfigCustomizer(
					(connection) -> connection.setIdleTimeout(idleTimeout(connection.build().getIdleTimeout())))
			.build(settings);
		closeables.accept((Closeable) connector);
		return ConnectTimeoutConnector.limit(
				endCancelledCalls(new PublishOnConnector(connector), Connections.resolvers(closeables)),
				settings.connectTimeout(), (request, phase) -> request.getAttributes().put(PHASE, phase) == null);
	}

	private static Timeout idleTimeout(@Nullable Timeout ofApplication) {
		Timeout longest = Timeout.of(Connections.MAX_IDLE_TIME);
		return (ofApplication != null && !ofApplication.isDisabled() && ofApplication.compareTo(longest) < 0)
				? ofApplication : longest;
	}

	private static void write(HttpRequest request, @Nullable AsyncEntityProducer body, AsyncExecChain.Scope scope,
			AsyncExecChain chain, AsyncExecCallback callback) throws HttpException, IOException {
		ConnectTimeoutConnector.Phase phase = (ConnectTimeoutConnector.Phase) scope.clientContext.getAttribute(PHASE);
		if (phase != null && !phase.end()) {
			callback.failed(new IOException("Connect timeout"));
			return;
		}
		chain.proceed(request, body, scope, callback);
	}

	/**
	 * Spring does not pass a cancellation on, so the client would keep the connection, of
	 * which there are few, until the server responds. The client resolves names on the
	 * thread that subscribes, which may be an event loop.
	 */
	static ClientHttpConnector endCancelledCalls(ClientHttpConnector connector, Scheduler scheduler) {
		return (method, uri, requestCallback) -> Mono.defer(() -> {
			Disposable.Composite call = Disposables.composite();
			return connector.connect(method, uri, (request) -> {
				request.getAttributes().put(CALL, call);
				return requestCallback.apply(request);
			}).<ClientHttpResponse>map((response) -> new ClientHttpResponseDecorator(response) {

				@Override
				public Flux<DataBuffer> getBody() {
					return super.getBody().doFinally((signal) -> disposeIfCancelled(call, signal));
				}

			}).doFinally((signal) -> disposeIfCancelled(call, signal));
		}).subscribeOn(scheduler);
	}

	private static void disposeIfCancelled(Disposable call, SignalType signal) {
		if (signal == SignalType.CANCEL) {
			call.dispose();
		}
	}

	/**
	 * The client itself can cancel only the last step that it recorded. If a pooled
	 * connection is free, that is the lease of the connection and not the exchange. The
	 * client also regards an exchange as ended when an error response begins.
	 */
	private static void execute(HttpRequest request, @Nullable AsyncEntityProducer body, AsyncExecChain.Scope scope,
			AsyncExecChain chain, AsyncExecCallback callback) throws HttpException, IOException {
		Disposable.Composite call = (Disposable.Composite) scope.clientContext.getAttribute(CALL);
		call.add(scope.execRuntime::discardEndpoint);
		CancellableDependency steps = new CancellableDependency() {

			@Override
			public void setDependency(Cancellable step) {
				call.add(step::cancel);
			}

			@Override
			public boolean isCancelled() {
				return call.isDisposed();
			}

			@Override
			public boolean cancel() {
				call.dispose();
				return true;
			}

		};
		chain.proceed(request, body,
				new AsyncExecChain.Scope(scope.exchangeId, scope.route, scope.originalRequest, steps,
						scope.clientContext, scope.execRuntime, scope.scheduler, scope.execCount),
				new ReleasingCallback(callback, scope.execRuntime));
	}

	/**
	 * The client logs the {@code toString()} of each header, and its default session
	 * decorator logs all bytes. With HTTP/2 the client creates and logs other headers, on
	 * which this has no effect.
	 */
	private static void hideSecretsFromLogs(HttpAsyncClientBuilder client) {
		client.setIoSessionDecorator((session) -> session);
		client.addRequestInterceptorLast((request, entity, context) -> {
			Header authorization = request.getFirstHeader(HttpHeaders.AUTHORIZATION);
			if (authorization != null) {
				request.setHeader(new HiddenHeader(authorization));
			}
		});
	}

	private static final class HiddenHeader extends BasicHeader {

		private static final long serialVersionUID = 1L;

		HiddenHeader(Header header) {
			super(header.getName(), header.getValue(), true);
		}

		@Override
		public String toString() {
			return getName() + ": ******";
		}

	}

}
