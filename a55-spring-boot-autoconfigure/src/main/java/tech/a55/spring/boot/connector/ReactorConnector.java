package tech.a55.spring.boot.connector;

import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.HttpResources;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.transport.ProxyProvider;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.http.client.reactive.ClientHttpConnector;

/**
 * Connector of Reactor Netty, Boot's default.
 */
final class ReactorConnector {

	/**
	 * The number that Reactor Netty allows for its global connections.
	 */
	private static final int MAX_CONNECTIONS = 500;

	/**
	 * Reactor Netty shares connections only between clients that have the same
	 * attributes.
	 */
	private static final AttributeKey<Boolean> SEPARATE = AttributeKey.valueOf(ReactorConnector.class, "separate");

	private ReactorConnector() {
	}

	/**
	 * Build a connector without wiretap, which would log the token and the client secret.
	 * The retry of Reactor Netty stays, because it retries only if nothing of the request
	 * has been written. A separate connector needs none, because it never uses a
	 * connection again.
	 */
	static ClientHttpConnector build(ReactorClientHttpConnectorBuilder builder, HttpClientSettings settings,
			boolean separate, Consumer<AutoCloseable> closeables) {
		ReactorClientHttpConnectorBuilder restricted = builder.withHttpClientCustomizer((client) -> {
			HttpClient restrictedClient = explainFailures(limitTimes(client.followRedirect(false).wiretap(false),
					settings.connectTimeout(), settings.readTimeout()));
			return separate ? restrictedClient.attr(SEPARATE, true).keepAlive(false).disableRetry(true)
					: restrictedClient;
		});
		if (usesGlobalConnections(builder, settings)) {
			// The global connections may be idle for any time
			ConnectionProvider connections = connections(Connections.MAX_IDLE_TIME, settings.connectTimeout());
			closeables.accept(connections::dispose);
			restricted = restricted.withHttpClientFactory(() -> HttpClient.create(connections));
		}
		return ConnectTimeoutConnector.limit(restricted.build(settings), settings.connectTimeout(),
				ConnectTimeoutConnector.WriteObserver.REQUEST);
	}

	static ConnectionProvider connections(Duration maxIdleTime, @Nullable Duration acquireTimeout) {
		ConnectionProvider.Builder builder = ConnectionProvider.builder("a55")
			.maxConnections(MAX_CONNECTIONS)
			.maxIdleTime(maxIdleTime);
		return (acquireTimeout != null) ? builder.pendingAcquireTimeout(acquireTimeout).build() : builder.build();
	}

	/**
	 * A call that ends during a handshake leaves its connection to the first timeout,
	 * which would be 10 seconds. The second ends a request that the server does not read,
	 * for which Reactor Netty has no timeout. Its response timeout starts later.
	 */
	private static HttpClient limitTimes(HttpClient client, @Nullable Duration handshake, @Nullable Duration write) {
		return client.doOnChannelInit((observer, channel, address) -> {
			SslHandler handler = channel.pipeline().get(SslHandler.class);
			if (handler != null && handshake != null) {
				handler.setHandshakeTimeoutMillis(handshake.toMillis());
			}
			if (write != null) {
				channel.pipeline().addFirst(new WriteTimeoutHandler(write.toMillis(), TimeUnit.MILLISECONDS));
			}
		});
	}

	/**
	 * Reactor Netty names neither the pool that is full nor a proxy that does not
	 * resolve.
	 */
	private static HttpClient explainFailures(HttpClient client) {
		return client.mapConnect((connection) -> connection.onErrorMap((ex) -> {
			if (ex.getClass().getName().contains(".PoolAcquire")) {
				return Connections.poolIsFull(client.configuration().connectionProvider().maxConnections(), ex);
			}
			Supplier<ProxyProvider> proxy = client.configuration().proxyProviderSupplier();
			return (ex instanceof UnresolvedAddressException && proxy != null)
					? new UnknownHostException("Failed to resolve the proxy: " + proxy.get()) : ex;
		}));
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
