package tech.a55.spring.boot.autoconfigure;

import java.io.Closeable;
import java.io.IOException;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.apache.hc.client5.http.async.AsyncExecCallback;
import org.apache.hc.client5.http.async.AsyncExecChain;
import org.apache.hc.client5.http.impl.async.HttpAsyncClientBuilder;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.HttpResources;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.aot.hint.annotation.RegisterReflection;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpCookieHandling;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.HttpComponentsClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.JdkClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.JettyClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpResponseDecorator;
import org.springframework.util.ClassUtils;

/**
 * The connectors on which the A55 client and the token requests go out. They are no
 * beans: Boot would take one for the connector of the whole application.
 */
@RegisterReflection(classNames = A55HttpConnectors.COOKIE_HANDLING)
final class A55HttpConnectors implements DisposableBean {

	private static final Log logger = LogFactory.getLog(A55HttpConnectors.class);

	static final String COOKIE_HANDLING = "org.springframework.boot.http.client.HttpCookieHandling";

	private static final boolean COOKIE_HANDLING_PRESENT = ClassUtils.isPresent(COOKIE_HANDLING, null);

	private static final int PREFETCHED_BUFFERS = 16;

	private final ClientHttpConnectorBuilder<?> builder;

	private final HttpClientSettings settings;

	private final ClientHttpConnector connector;

	private final Queue<AutoCloseable> closeables = new ConcurrentLinkedQueue<>();

	A55HttpConnectors(ClientHttpConnectorBuilder<?> builder, HttpClientSettings settings) {
		this.builder = builder;
		this.settings = settings;
		this.connector = build(settings);
	}

	HttpClientSettings settings() {
		return this.settings;
	}

	ClientHttpConnector connector() {
		return this.connector;
	}

	ClientHttpConnector connector(HttpClientSettings settings) {
		return settings.equals(this.settings) ? this.connector : build(settings);
	}

	/**
	 * Build a connector that follows no redirect, keeps no cookie and sends nothing
	 * twice, whatever the host has customized: a redirect would carry the token, or the
	 * client secret, to wherever it points, and a payment sent again is a second payment.
	 */
	private ClientHttpConnector build(HttpClientSettings settings) {
		HttpClientSettings restricted = settings.withRedirects(HttpRedirects.DONT_FOLLOW);
		if (COOKIE_HANDLING_PRESENT) {
			restricted = Cookies.disable(restricted);
		}
		ClientHttpConnector connector = restrict(this.builder, restricted).build(restricted);
		if (connector instanceof Closeable closeable) {
			this.closeables.add(closeable);
		}
		return complete(connector, restricted);
	}

	private ClientHttpConnectorBuilder<?> restrict(ClientHttpConnectorBuilder<?> builder, HttpClientSettings settings) {
		if (builder instanceof ReactorClientHttpConnectorBuilder reactor) {
			return Reactor.restrict(reactor, settings, this.closeables::add);
		}
		if (builder instanceof JettyClientHttpConnectorBuilder jetty) {
			return Jetty.restrict(jetty, this.closeables::add);
		}
		if (builder instanceof HttpComponentsClientHttpConnectorBuilder httpComponents) {
			return HttpComponents.restrict(httpComponents);
		}
		if (builder instanceof JdkClientHttpConnectorBuilder jdk) {
			return jdk.withHttpClientCustomizer((client) -> client.followRedirects(Redirect.NEVER)
				.cookieHandler(new CookieManager(null, CookiePolicy.ACCEPT_NONE)));
		}
		return builder;
	}

	private ClientHttpConnector complete(ClientHttpConnector connector, HttpClientSettings settings) {
		if (this.builder instanceof HttpComponentsClientHttpConnectorBuilder) {
			return HttpComponents.endCancelledCalls(leaveThreads(connector));
		}
		if (this.builder instanceof JettyClientHttpConnectorBuilder) {
			return leaveThreads(connector);
		}
		if (this.builder instanceof JdkClientHttpConnectorBuilder) {
			Duration readTimeout = settings.readTimeout();
			return leaveThreads((readTimeout != null) ? limitReading(connector, readTimeout) : connector);
		}
		return connector;
	}

	/**
	 * Other clients than Reactor Netty pass an answer on while they hold its connection,
	 * on a thread of theirs or of the caller: who waited there for another answer could
	 * wait for ever, and nothing would tell that thread from one that may wait.
	 */
	private static ClientHttpConnector leaveThreads(ClientHttpConnector connector) {
		return (method, uri, requestCallback) -> connector.connect(method, uri, requestCallback)
			.flux() // A Mono loses what is on its way when it is cancelled
			.publishOn(Schedulers.parallel())
			.doOnDiscard(ClientHttpResponse.class,
					(response) -> response.getBody().onErrorComplete().subscribe(DataBufferUtils::release).dispose())
			.singleOrEmpty()
			.map((response) -> new ClientHttpResponseDecorator(response) {

				@Override
				public Flux<DataBuffer> getBody() {
					return super.getBody().publishOn(Schedulers.parallel(), PREFETCHED_BUFFERS)
						.doOnDiscard(DataBuffer.class, DataBufferUtils::release);
				}

			});
	}

	/**
	 * The read timeout of the JDK's client ends with the headers (JDK-8208693): a body
	 * that stalls would be awaited for ever.
	 */
	private static ClientHttpConnector limitReading(ClientHttpConnector connector, Duration readTimeout) {
		Mono<DataBuffer> stalled = Mono.error(() -> new HttpTimeoutException("The answer stalled"));
		return (method, uri, requestCallback) -> connector.connect(method, uri, requestCallback)
			.map((response) -> new ClientHttpResponseDecorator(response) {

				@Override
				public Flux<DataBuffer> getBody() {
					return super.getBody().timeout(readTimeout, stalled);
				}

			});
	}

	@Override
	public void destroy() {
		for (AutoCloseable closeable : this.closeables) {
			try {
				closeable.close();
			}
			catch (Exception ex) {
				logger.warn("A connector of the A55 client cannot be closed", ex);
			}
		}
	}

	/**
	 * Separate, because Reactor Netty may be replaced by another client.
	 */
	private static final class Reactor {

		/**
		 * As many as Reactor Netty allows for its global connections.
		 */
		private static final int MAX_CONNECTIONS = 500;

		/**
		 * A wire tap would log the token and the client secret. The retry of Reactor
		 * Netty stays: it happens only as long as nothing of the request has been
		 * written.
		 */
		static ClientHttpConnectorBuilder<?> restrict(ReactorClientHttpConnectorBuilder builder,
				HttpClientSettings settings, Consumer<AutoCloseable> closeables) {
			ReactorClientHttpConnectorBuilder restricted = builder
				.withHttpClientCustomizer((client) -> client.followRedirect(false).wiretap(false));
			if (settings.sslBundle() == null || !usesGlobalConnections(builder, settings)) {
				return restricted;
			}
			// Among the global ones, those of an SSL bundle are found by nobody once its
			// client is gone
			ConnectionProvider connections = ConnectionProvider.create("a55", MAX_CONNECTIONS);
			closeables.accept(connections::dispose);
			return restricted.withHttpClientFactory(() -> reactor.netty.http.client.HttpClient.create(connections));
		}

		private static boolean usesGlobalConnections(ReactorClientHttpConnectorBuilder builder,
				HttpClientSettings settings) {
			AtomicBoolean global = new AtomicBoolean();
			builder.withHttpClientCustomizer((client) -> {
				global.set(client.configuration().connectionProvider() == HttpResources.get());
				return client;
			}).build(settings);
			return global.get();
		}

	}

	/**
	 * Separate, because Jetty may be absent.
	 */
	private static final class Jetty {

		static ClientHttpConnectorBuilder<?> restrict(JettyClientHttpConnectorBuilder builder,
				Consumer<AutoCloseable> closeables) {
			return builder.withHttpClientCustomizer((client) -> {
				client.setFollowRedirects(false);
				client.setHttpCookieStore(new HttpCookieStore.Empty());
				passUnauthorizedOn(client);
				useDaemonThreads(client);
				// Spring starts the client with the first request and never stops it
				closeables.accept(client::stop);
			});
		}

		/**
		 * Jetty takes the body from a response of status 401 that names no challenge. Its
		 * handlers exist once it starts.
		 */
		private static void passUnauthorizedOn(HttpClient client) {
			client.addBean((HttpClient.Aware) (starting) -> starting.getProtocolHandlers()
				.remove(WWWAuthenticationProtocolHandler.NAME));
		}

		/**
		 * User threads would keep an application running that has come to its end.
		 */
		private static void useDaemonThreads(HttpClient client) {
			if (client.getExecutor() == null) {
				QueuedThreadPool threads = new QueuedThreadPool();
				threads.setName("a55-http");
				threads.setDaemon(true);
				client.setExecutor(threads);
			}
			if (client.getScheduler() == null) {
				client.setScheduler(new ScheduledExecutorScheduler("a55-http-scheduler", true));
			}
		}

	}

	/**
	 * Separate, because HttpComponents may be absent.
	 */
	private static final class HttpComponents {

		private static final String CALL = HttpComponents.class.getName() + ".call";

		/**
		 * Boot's cookie setting has no effect here, and a retry is made after status 429
		 * and 503 for any method.
		 */
		static ClientHttpConnectorBuilder<?> restrict(HttpComponentsClientHttpConnectorBuilder builder) {
			return builder.withHttpClientCustomizer((client) -> {
				client.disableRedirectHandling().disableCookieManagement().disableAutomaticRetries();
				hideSecretsFromLogs(client);
				client.addExecInterceptorFirst("a55-call", HttpComponents::execute);
			});
		}

		/**
		 * Spring does not tell the client that a call is cancelled: it would keep its
		 * connection, of which there are few, until the server answers.
		 */
		static ClientHttpConnector endCancelledCalls(ClientHttpConnector connector) {
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
			});
		}

		private static void disposeIfCancelled(Disposable call, SignalType signal) {
			if (signal == SignalType.CANCEL) {
				call.dispose();
			}
		}

		/**
		 * The client's own record of what there is to cancel is that of the last step
		 * noted: where a pooled connection is free, the lease of it, in place of the
		 * exchange. And an exchange is over for it when an error begins to be answered.
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
			chain.proceed(request, body, new AsyncExecChain.Scope(scope.exchangeId, scope.route, scope.originalRequest,
					steps, scope.clientContext, scope.execRuntime, scope.scheduler, scope.execCount), callback);
		}

		/**
		 * The client logs each header by its {@code toString()}, and all bytes by the
		 * sessions that it decorates unless told otherwise. With HTTP/2 it makes headers
		 * of its own, and logs those.
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

	/**
	 * Separate, because Boot 4.0 has no such setting.
	 */
	private static final class Cookies {

		static HttpClientSettings disable(HttpClientSettings settings) {
			return settings.withCookieHandling(HttpCookieHandling.DISABLE);
		}

	}

}
