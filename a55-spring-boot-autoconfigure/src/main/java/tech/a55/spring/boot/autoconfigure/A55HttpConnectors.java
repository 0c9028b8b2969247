package tech.a55.spring.boot.autoconfigure;

import java.io.Closeable;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.http.client.reactive.ClientHttpConnector;

/**
 * The connectors on which the A55 client and the token requests go out. They are no
 * beans: Boot would take one for the connector of the whole application.
 */
final class A55HttpConnectors implements DisposableBean {

	private final ClientHttpConnectorBuilder<?> builder;

	private final HttpClientSettings settings;

	private final ClientHttpConnector connector;

	private final Queue<ClientHttpConnector> built = new ConcurrentLinkedQueue<>();

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
	 * Build a connector that follows no redirect, since those would carry the token, or
	 * the client secret, to wherever they point.
	 */
	private ClientHttpConnector build(HttpClientSettings settings) {
		ClientHttpConnector connector = this.builder.build(settings.withRedirects(HttpRedirects.DONT_FOLLOW));
		this.built.add(connector);
		return connector;
	}

	@Override
	public void destroy() throws IOException {
		for (ClientHttpConnector connector : this.built) {
			if (connector instanceof Closeable closeable) {
				closeable.close();
			}
		}
	}

}
