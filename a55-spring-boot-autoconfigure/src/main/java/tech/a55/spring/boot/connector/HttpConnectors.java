package tech.a55.spring.boot.connector;

import java.io.Closeable;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

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
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.util.ClassUtils;

/**
 * The connectors of the A55 client and of the token requests. They are not beans, because
 * Boot would take one for the connector of the whole application.
 * <p>
 * Whatever the application customizes, a connector follows no redirect, keeps no cookie
 * and sends nothing twice. A redirect could take the token or the client secret to
 * another server, and a payment that is sent twice is a second payment. There is a class
 * for each HTTP library, because each must be restricted in its own way. Thread-safe.
 *
 * @since 0.1.0
 */
@RegisterReflection(classNames = HttpConnectors.COOKIE_HANDLING)
public final class HttpConnectors implements DisposableBean {

	private static final Log logger = LogFactory.getLog(HttpConnectors.class);

	static final String COOKIE_HANDLING = "org.springframework.boot.http.client.HttpCookieHandling";

	private static final boolean COOKIE_HANDLING_PRESENT = ClassUtils.isPresent(COOKIE_HANDLING, null);

	private final ClientHttpConnectorBuilder<?> builder;

	private final HttpClientSettings settings;

	private final ClientHttpConnector connector;

	private final Queue<AutoCloseable> closeables = new ConcurrentLinkedQueue<>();

	/**
	 * Create the connectors and build the one for the given settings.
	 * @param builder the builder of the application, with its customizations
	 * @param settings the settings of the A55 client
	 */
	public HttpConnectors(ClientHttpConnectorBuilder<?> builder, HttpClientSettings settings) {
		this.builder = builder;
		this.settings = settings;
		this.connector = build(settings, false);
	}

	/**
	 * Return the settings of the A55 client.
	 * @return the settings
	 */
	public HttpClientSettings settings() {
		return this.settings;
	}

	/**
	 * Return the connector of the A55 client.
	 * @return the connector
	 */
	public ClientHttpConnector connector() {
		return this.connector;
	}

	/**
	 * Return the connector of the A55 client if the settings are the same, or build
	 * another one.
	 * @param settings the settings to connect with
	 * @return the connector, closed together with the others
	 */
	public ClientHttpConnector connector(HttpClientSettings settings) {
		return settings.equals(this.settings) ? this.connector : build(settings, false);
	}

	/**
	 * Build a connector that makes a new connection for each request. It never waits for
	 * a connection of the others, and never uses one that was idle and may be lost.
	 * @param timeout the time that a request may take. The read timeout of the A55 client
	 * does not end it earlier
	 * @return a connector with the other settings of the A55 client, closed together with
	 * the others
	 */
	public ClientHttpConnector separateConnector(Duration timeout) {
		Duration connectTimeout = this.settings.connectTimeout();
		Duration readTimeout = this.settings.readTimeout();
		return build(this.settings.withTimeouts(
				(connectTimeout != null && connectTimeout.compareTo(timeout) < 0) ? connectTimeout : timeout,
				(readTimeout != null && readTimeout.compareTo(timeout) > 0) ? readTimeout : timeout.plusSeconds(1)),
				true);
	}

	private ClientHttpConnector build(HttpClientSettings settings, boolean separate) {
		HttpClientSettings restricted = settings.withRedirects(HttpRedirects.DONT_FOLLOW);
		if (COOKIE_HANDLING_PRESENT) {
			restricted = Cookies.disable(restricted);
		}
		if (this.builder instanceof ReactorClientHttpConnectorBuilder reactor) {
			return ReactorConnector.build(reactor, restricted, separate, this.closeables::add);
		}
		if (this.builder instanceof JdkClientHttpConnectorBuilder jdk) {
			return JdkConnector.build(jdk, restricted, separate, this.closeables::add);
		}
		if (this.builder instanceof JettyClientHttpConnectorBuilder jetty) {
			return JettyConnector.build(jetty, restricted, separate, this.closeables::add);
		}
		if (this.builder instanceof HttpComponentsClientHttpConnectorBuilder httpComponents) {
			return HttpComponentsConnector.build(httpComponents, restricted, separate, this.closeables::add);
		}
		ClientHttpConnector connector = this.builder.build(restricted);
		if (connector instanceof Closeable closeable) {
			this.closeables.add(closeable);
		}
		return connector;
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
	 * In a class of its own, because Boot 4.0 does not have this setting.
	 */
	private static final class Cookies {

		static HttpClientSettings disable(HttpClientSettings settings) {
			return settings.withCookieHandling(HttpCookieHandling.DISABLE);
		}

	}

}
