package tech.a55.spring.boot.connector;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.eclipse.jetty.client.AbstractConnectionPool;
import org.eclipse.jetty.client.ConnectionPool;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpClientTransport;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.reactive.JettyClientHttpConnectorBuilder;
import org.springframework.http.client.reactive.ClientHttpConnector;

/**
 * Connector of Jetty's client.
 */
final class JettyConnector {

	private JettyConnector() {
	}

	static ClientHttpConnector build(JettyClientHttpConnectorBuilder builder, HttpClientSettings settings,
			boolean separate, Consumer<AutoCloseable> closeables) {
		AtomicInteger maxConnections = new AtomicInteger();
		ClientHttpConnector connector = new PublishOnConnector(builder.withHttpClientCustomizer((client) -> {
			maxConnections.set(client.getMaxConnectionsPerDestination());
			client.setFollowRedirects(false);
			client.setHttpCookieStore(new HttpCookieStore.Empty());
			passUnauthorizedOn(client);
			useDaemonThreads(client);
			long idleTimeout = client.getIdleTimeout();
			long longest = Connections.MAX_IDLE_TIME.toMillis();
			client.setIdleTimeout((idleTimeout > 0) ? Math.min(idleTimeout, longest) : longest);
			if (settings.connectTimeout() != null) {
				client.setAddressResolutionTimeout(settings.connectTimeout().toMillis());
			}
			if (separate) {
				useConnectionsOnce(client.getHttpClientTransport());
			}
			// Spring starts the client with the first request and never stops it
			closeables.accept(client::stop);
		}).build(settings));
		ClientHttpConnector explaining = (method, uri, requestCallback) -> connector
			.connect(method, uri, requestCallback)
			.onErrorMap(RejectedExecutionException.class, (ex) -> Connections.poolIsFull(maxConnections.get(), ex));
		return ConnectTimeoutConnector.limit(explaining, settings.connectTimeout(),
				(request, phase) -> observe(request.getNativeRequest(), settings.readTimeout(), phase));
	}

	/**
	 * Jetty asks for the request before it connects, and with TLS it passes the request
	 * on before the handshake. The idle timeout of the client applies to connections that
	 * wait in the pool. During a request it is the read timeout that limits the wait.
	 */
	private static boolean observe(Request request, @Nullable Duration readTimeout,
			ConnectTimeoutConnector.Phase phase) {
		request.idleTimeout((readTimeout != null) ? readTimeout.toMillis() : 0, TimeUnit.MILLISECONDS)
			.onRequestCommit((committed) -> phase.end());
		return true;
	}

	private static void useConnectionsOnce(HttpClientTransport transport) {
		ConnectionPool.Factory factory = transport.getConnectionPoolFactory();
		transport.setConnectionPoolFactory((destination) -> {
			ConnectionPool connections = factory.newConnectionPool(destination);
			if (connections instanceof AbstractConnectionPool pool) {
				pool.setMaxUsage(1);
			}
			return connections;
		});
	}

	/**
	 * Jetty removes the body from a response of status 401 that names no challenge. Its
	 * handlers exist once it starts.
	 */
	private static void passUnauthorizedOn(HttpClient client) {
		client.addBean((HttpClient.Aware) (starting) -> starting.getProtocolHandlers()
			.remove(WWWAuthenticationProtocolHandler.NAME));
	}

	/**
	 * User threads would keep an application running after its end.
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
