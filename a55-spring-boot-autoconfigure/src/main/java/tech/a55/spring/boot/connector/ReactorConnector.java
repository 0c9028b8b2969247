package tech.a55.spring.boot.connector;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.netty.util.AttributeKey;
import reactor.netty.http.HttpResources;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

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
	 * has been written.
	 */
	static ClientHttpConnector build(ReactorClientHttpConnectorBuilder builder, HttpClientSettings settings,
			boolean separate, Consumer<AutoCloseable> closeables) {
		ReactorClientHttpConnectorBuilder restricted = builder.withHttpClientCustomizer((client) -> {
			HttpClient restrictedClient = client.followRedirect(false).wiretap(false);
			return separate ? restrictedClient.attr(SEPARATE, true).keepAlive(false) : restrictedClient;
		});
		if (settings.sslBundle() == null || !usesGlobalConnections(builder, settings)) {
			return restricted.build(settings);
		}
		// Connections for an SSL bundle could not be found among the global ones to be
		// closed
		ConnectionProvider connections = ConnectionProvider.create("a55", MAX_CONNECTIONS);
		closeables.accept(connections::dispose);
		return restricted.withHttpClientFactory(() -> HttpClient.create(connections)).build(settings);
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
