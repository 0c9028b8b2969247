package tech.a55.spring.boot.autoconfigure;

import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpClient.Redirect;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpCookieHandling;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.JdkClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.util.ClassUtils;

/**
 * The connectors on which the A55 client and the token requests go out. They are no
 * beans: Boot would take one for the connector of the whole application.
 */
final class A55HttpConnectors implements DisposableBean {

	private static final boolean COOKIE_HANDLING_PRESENT = ClassUtils
		.isPresent("org.springframework.boot.http.client.HttpCookieHandling", null);

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
	 * Build a connector that follows no redirect and keeps no cookie, whatever the host
	 * has customized: a redirect would carry the token, or the client secret, to wherever
	 * it points.
	 */
	private ClientHttpConnector build(HttpClientSettings settings) {
		ClientHttpConnectorBuilder<?> builder = this.builder;
		if (builder instanceof ReactorClientHttpConnectorBuilder reactor) {
			builder = Reactor.restrict(reactor);
		}
		else if (builder instanceof JdkClientHttpConnectorBuilder jdk) {
			builder = jdk.withHttpClientCustomizer((client) -> client.followRedirects(Redirect.NEVER));
		}
		HttpClientSettings restricted = settings.withRedirects(HttpRedirects.DONT_FOLLOW);
		if (COOKIE_HANDLING_PRESENT) {
			restricted = Cookies.disable(restricted);
		}
		ClientHttpConnector connector = builder.build(restricted);
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

	/**
	 * Separate, because Reactor Netty may be replaced by another client.
	 */
	private static final class Reactor {

		/**
		 * A wire tap would log the token and the client secret.
		 */
		static ClientHttpConnectorBuilder<?> restrict(ReactorClientHttpConnectorBuilder builder) {
			return builder.withHttpClientCustomizer((client) -> client.followRedirect(false).wiretap(false));
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
