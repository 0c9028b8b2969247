package tech.a55.spring.boot.connector;

import java.util.function.Consumer;

import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;

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
			Consumer<AutoCloseable> closeables) {
		return new PublishOnConnector(builder.withHttpClientCustomizer((client) -> {
			client.setFollowRedirects(false);
			client.setHttpCookieStore(new HttpCookieStore.Empty());
			passUnauthorizedOn(client);
			useDaemonThreads(client);
			// Spring starts the client with the first request and never stops it
			closeables.accept(client::stop);
		}).build(settings));
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
