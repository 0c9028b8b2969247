package tech.a55.spring.boot.connector;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.junit.jupiter.api.Test;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.JettyClientHttpConnectorBuilder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link JettyConnector}.
 */
class JettyConnectorTests {

	private final List<HttpClient> clients = new ArrayList<>();

	private final JettyClientHttpConnectorBuilder builder = ClientHttpConnectorBuilder.jetty()
		.withHttpClientCustomizer(this.clients::add);

	/**
	 * There is a time-out of Jetty's own, too.
	 */
	@Test
	void connectTimeoutIsThatOfTheSettings() {
		HttpClientSettings settings = TestConnectors.SETTINGS.withConnectTimeout(Duration.ofMillis(51));
		HttpConnectors connectors = new HttpConnectors(this.builder, settings);
		connectors.separateConnector(TestConnectors.PATIENCE);
		assertThat(this.clients).hasSize(2).allMatch((client) -> client.getConnectTimeout() == 51);
	}

	@Test
	void connectionsAreIdleForAtMost30Seconds() {
		new HttpConnectors(this.builder, TestConnectors.SETTINGS);
		assertThat(this.clients).hasSize(1).allMatch((client) -> client.getIdleTimeout() == 30_000);
	}

	@Test
	void threadsOfTheApplicationAreUsed() {
		QueuedThreadPool executor = new QueuedThreadPool();
		ScheduledExecutorScheduler scheduler = new ScheduledExecutorScheduler();
		new HttpConnectors(this.builder.withHttpClientCustomizer((client) -> {
			client.setExecutor(executor);
			client.setScheduler(scheduler);
		}), TestConnectors.SETTINGS);
		assertThat(this.clients).hasSize(1).allSatisfy((client) -> {
			assertThat(client.getExecutor()).isSameAs(executor);
			assertThat(client.getScheduler()).isSameAs(scheduler);
		});
	}

}
