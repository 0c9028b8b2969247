package tech.a55.spring.boot.connector;

import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.reactive.JdkClientHttpConnectorBuilder;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpResponseDecorator;

/**
 * Connector of the JDK's client.
 */
final class JdkConnector {

	private JdkConnector() {
	}

	/**
	 * Build a connector. The client keeps its connections for as long as the whole JVM is
	 * told to, so a separate connector has a client for each request. Such a client ends
	 * when nobody refers to it any more.
	 */
	static ClientHttpConnector build(JdkClientHttpConnectorBuilder builder, HttpClientSettings settings,
			boolean separate, Consumer<AutoCloseable> closeables) {
		AtomicReference<@Nullable ProxySelector> proxies = new AtomicReference<>();
		JdkClientHttpConnectorBuilder restricted = builder
			.withHttpClientCustomizer((client) -> client.followRedirects(Redirect.NEVER)
				.cookieHandler(new CookieManager(null, CookiePolicy.ACCEPT_NONE)));
		ClientHttpConnector connector = restricted
			.withHttpClientCustomizer(
					(client) -> proxies.set(client.build().proxy().orElseGet(ProxySelector::getDefault)))
			.build(settings);
		if (separate) {
			connector = (method, uri, requestCallback) -> restricted.build(settings)
				.connect(method, uri, requestCallback);
		}
		Duration readTimeout = settings.readTimeout();
		if (readTimeout != null) {
			connector = limitReading(connector, readTimeout);
		}
		return ConnectTimeoutConnector.limit(
				resolveFirst(new PublishOnConnector(connector), proxies.get(), JdkConnector::resolve,
						Connections.resolvers(closeables)),
				settings.connectTimeout(), ConnectTimeoutConnector.WriteObserver.REQUEST);
	}

	/**
	 * The connect timeout of the client applies to connecting and TLS, but the client
	 * waits for the resolution of a name for any time. If the name cannot be resolved,
	 * the client does not say which one. Java keeps the address for the client.
	 */
	static ClientHttpConnector resolveFirst(ClientHttpConnector connector, @Nullable ProxySelector proxies,
			Consumer<String> resolver, Scheduler scheduler) {
		return (method, uri, requestCallback) -> Mono.defer(() -> {
			resolver.accept(connectsTo(uri, proxies));
			return connector.connect(method, uri, requestCallback);
		}).subscribeOn(scheduler);
	}

	private static String connectsTo(URI uri, @Nullable ProxySelector proxies) {
		Proxy proxy = (proxies != null) ? proxies.select(uri).get(0) : Proxy.NO_PROXY;
		return (proxy.address() instanceof InetSocketAddress address) ? address.getHostString() : uri.getHost();
	}

	private static void resolve(String host) {
		try {
			InetAddress.getByName(host);
		}
		catch (UnknownHostException ex) {
			throw Exceptions.propagate(ex);
		}
	}

	/**
	 * The read timeout of the JDK's client ends with the headers (JDK-8208693). Without
	 * this limit, the client would wait forever for a body that stalls.
	 */
	private static ClientHttpConnector limitReading(ClientHttpConnector connector, Duration readTimeout) {
		Mono<DataBuffer> stalled = Mono.error(() -> new HttpTimeoutException("The response stalled"));
		return (method, uri, requestCallback) -> connector.connect(method, uri, requestCallback)
			.map((response) -> new ClientHttpResponseDecorator(response) {

				@Override
				public Flux<DataBuffer> getBody() {
					return super.getBody().timeout(readTimeout, stalled);
				}

			});
	}

}
