package tech.a55.spring.boot.connector;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import tech.a55.spring.boot.autoconfigure.TestA55;
import tech.a55.spring.boot.client.A55ClientConfigurer;
import tech.a55.spring.boot.client.ExchangeMetrics;

import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.http.client.reactive.HttpComponentsClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.JettyClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The connect timeout includes all that comes before a request is written. All other
 * timeouts are longer than these tests wait, so a call that ends has run into this one.
 */
class ConnectTimeoutTests {

	private static final Duration PATIENCE = Duration.ofSeconds(40);

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance()
		.options(WireMockConfiguration.wireMockConfig().dynamicPort())
		.resetOnEachTest(false)
		.build();

	@BeforeAll
	static void stub() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/slow").willReturn(WireMock.ok("ok").withFixedDelay(3000)));
	}

	@ParameterizedTest
	@EnumSource
	@Execution(ExecutionMode.CONCURRENT)
	void limitsATlsHandshakeThatStalls(Connector connector) throws IOException {
		try (FaultProxy proxy = new FaultProxy(server.getPort())) {
			proxy.breakAll(FaultProxy.Fault.DROP);
			contextRunner(connector).withPropertyValues("a55.base-url=https://" + proxy.host() + "/").run((context) -> {
				fetchToken(context);
				ThrowableAssertAlternative<WebClientRequestException> failure = assertThatExceptionOfType(
						WebClientRequestException.class)
					.isThrownBy(() -> get(context, "wallet"));
				if (connector != Connector.JDK) {
					failure.withMessageContaining("Connect timeout: no connection to https://" + proxy.host());
				}
				assertThat(proxy.accepted()).isLessThanOrEqualTo(1);
				Awaitility.await().untilAsserted(() -> assertThat(proxy.open()).isZero());
			});
		}
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JDK")
	@Execution(ExecutionMode.CONCURRENT)
	void limitsANameServerThatIsSilent(Connector connector) {
		NameServer names = new NameServer();
		names.resolveFor(contextRunner(connector))
			.withPropertyValues("a55.base-url=http://localhost:" + server.getPort() + "/api/v1/")
			.run((context) -> {
				fetchToken(context);
				names.fallSilent();
				assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> get(context, "wallet"))
					.withMessageContaining("Connect timeout: no connection to http://localhost:");
			});
		names.shutDown();
	}

	/**
	 * The JDK's client lets nobody resolve names in its place.
	 */
	@Test
	@Execution(ExecutionMode.CONCURRENT)
	void limitsANameServerThatIsSilentWithTheClientOfTheJdk() {
		CountDownLatch silence = new CountDownLatch(1);
		ClientHttpConnector connector = ConnectTimeoutConnector.limit(
				JdkConnector.resolveFirst((method, uri, callback) -> Mono.error(new AssertionError("connects")), null,
						(host) -> await(silence), Schedulers.boundedElastic()),
				Duration.ofMillis(100), ConnectTimeoutConnector.WriteObserver.REQUEST);
		assertThatExceptionOfType(WebClientRequestException.class)
			.isThrownBy(() -> WebClient.builder()
				.clientConnector(connector)
				.build()
				.get()
				.uri("http://a55.localhost/")
				.retrieve()
				.toBodilessEntity()
				.block(PATIENCE))
			.withMessageContaining("Connect timeout: no connection to http://a55.localhost within 100 ms");
		silence.countDown();
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JDK")
	@Execution(ExecutionMode.CONCURRENT)
	void limitsTheWaitForAPooledConnection(Connector connector) throws IOException {
		try (StallingServer api = new StallingServer("")) {
			contextRunner(connector).withUserConfiguration(OneConnection.class)
				.withPropertyValues("a55.base-url=" + api.url())
				.run((context) -> {
					fetchToken(context);
					Disposable holder = client(context).get()
						.uri("stalled")
						.retrieve()
						.toBodilessEntity()
						.retry()
						.subscribe();
					Awaitility.await().until(() -> api.stalling() == 1);
					assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> get(context, "fast"))
						.withMessageContaining("Connect timeout");
					WebClient separate = WebClient.builder()
						.clientConnector(context.getBean(HttpConnectors.class).separateConnector(PATIENCE))
						.build();
					assertThat(separate.get()
						.uri(api.url() + "fast")
						.retrieve()
						.bodyToMono(String.class)
						.retry(3)
						.block(PATIENCE)).isEqualTo("ok");
					holder.dispose();
					Awaitility.await().ignoreExceptions().until(() -> get(context, "fast"), "ok"::equals);
				});
		}
	}

	@ParameterizedTest
	@EnumSource
	@Execution(ExecutionMode.CONCURRENT)
	void doesNotLimitTheWaitForAResponse(Connector connector) {
		contextRunner(connector).withPropertyValues("a55.connect-timeout=2s")
			.run((context) -> Awaitility.await()
				.atMost(PATIENCE)
				.ignoreExceptions()
				.until(() -> get(context, "slow"), "ok"::equals));
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JDK")
	@Execution(ExecutionMode.CONCURRENT)
	void aNameThatDoesNotResolveAtFirstCostsARetry(Connector connector) {
		String path = "/api/" + connector + "/";
		NameServer names = new NameServer();
		names.resolveFor(retryingRunner(connector))
			.withPropertyValues("a55.base-url=http://localhost:" + server.getPort() + path)
			.run((context) -> {
				fetchToken(context);
				names.fail(1);
				assertThatExceptionOfType(WebClientRequestException.class)
					.isThrownBy(() -> body(client(context).post().uri("charge").bodyValue("{}")));
				names.fail(1);
				assertThat(get(context, "wallet")).isEqualTo("ok");
			});
		names.resolveFor(retryingRunner(connector))
			.withPropertyValues("a55.base-url=http://localhost:" + server.getPort() + path)
			.run((context) -> {
				fetchToken(context);
				names.fail(1);
				assertThat(body(client(context).post().uri("charge").header("Idempotency-Key", "key").bodyValue("{}")))
					.isEqualTo("ok");
				assertThat(retries(context)).isOne();
			});
		server.verify(2, WireMock.anyRequestedFor(WireMock.urlPathMatching(path + ".*")));
	}

	@ParameterizedTest
	@EnumSource
	@Execution(ExecutionMode.CONCURRENT)
	void aNameThatDoesNotResolveIsTriedAgain(Connector connector) {
		retryingRunner(connector).withPropertyValues("a55.base-url=https://a55.invalid/").run((context) -> {
			assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> get(context, "wallet"));
			assertThat(retries(context)).isEqualTo(2);
			assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> body(client(context).post().uri("charge").bodyValue("{}")));
			assertThat(retries(context)).isEqualTo(2);
		});
	}

	private static ApplicationContextRunner contextRunner(Connector connector) {
		return TestA55.contextRunner(server)
			.withPropertyValues("spring.http.clients.reactive.connector=" + connector, "a55.retry.enabled=false",
					"a55.connect-timeout=500ms", "a55.read-timeout=2m", "a55.token.timeout=2m");
	}

	private static ApplicationContextRunner retryingRunner(Connector connector) {
		return contextRunner(connector).withPropertyValues("a55.retry.enabled=true", "a55.retry.max-wait=10ms",
				"a55.connect-timeout=30s");
	}

	static double retries(ApplicationContext context) {
		SimpleMeterRegistry meters = new SimpleMeterRegistry();
		new ExchangeMetrics(context.getBean(A55ClientConfigurer.class)).bindTo(meters);
		return meters.get("a55.client.retries").functionCounters().stream().mapToDouble(FunctionCounter::count).sum();
	}

	/**
	 * The token request has the same connect timeout, which a busy machine may exceed.
	 */
	static void fetchToken(ApplicationContext context) {
		OAuth2AuthorizedClientManager manager = context.getBean("a55AuthorizedClientManager",
				OAuth2AuthorizedClientManager.class);
		OAuth2AuthorizeRequest request = OAuth2AuthorizeRequest.withClientRegistrationId("a55")
			.principal("test")
			.build();
		Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> manager.authorize(request) != null);
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static WebClient client(ApplicationContext context) {
		return context.getBean("a55WebClient", WebClient.class);
	}

	private static String get(ApplicationContext context, String uri) {
		return body(client(context).get().uri(uri));
	}

	private static String body(WebClient.RequestHeadersSpec<?> request) {
		return Objects.requireNonNull(request.retrieve().bodyToMono(String.class).block(PATIENCE));
	}

	@Configuration(proxyBeanMethods = false)
	static class OneConnection {

		@Bean
		ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> reactor() {
			ConnectionProvider connections = ConnectionProvider.create("one", 1);
			return (builder) -> builder.withHttpClientFactory(() -> HttpClient.create(connections));
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<JettyClientHttpConnectorBuilder> jetty() {
			return (builder) -> builder.withHttpClientCustomizer((client) -> client.setMaxConnectionsPerDestination(1));
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<HttpComponentsClientHttpConnectorBuilder> httpComponents() {
			return (builder) -> builder.withConnectionManagerCustomizer((manager) -> manager.setMaxConnPerRoute(1));
		}

	}

}
