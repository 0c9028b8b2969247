package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.eclipse.jetty.client.HttpClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tech.a55.spring.boot.connector.OpenConnections;
import tech.a55.spring.boot.connector.TestCertificates;
import tech.a55.spring.boot.connector.TestConnectors;

import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.http.client.reactive.HttpComponentsClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.JdkClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.JettyClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the bean {@code a55HttpConnectors}: the library that the application has
 * chosen, its customizations, and settings reach both hosts of A55.
 */
class A55HttpConnectorsTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private static WireMockServer https;

	@BeforeAll
	static void startHttps() throws Exception {
		https = TestCertificates.startServer(new OpenConnections());
		https.stubFor(WireMock.post(TestA55.TOKEN_PATH).willReturn(WireMock.okJson(TestA55.tokenResponse("token"))));
		https.stubFor(WireMock.get("/api/v1/wallet")
			.withHeader("Authorization", WireMock.equalTo("Bearer token"))
			.willReturn(WireMock.ok("ok")));
	}

	@AfterAll
	static void stopHttps() {
		https.stop();
	}

	@ParameterizedTest
	@EnumSource
	void libraryIsThatOfTheApplicationWithItsCustomizations(Connector connector) {
		TestA55.stub(server, "token");
		contextRunner(connector).withUserConfiguration(Customizers.class).run((context) -> {
			assertThat(get(context)).isEqualTo("ok");
			Customizers customizers = context.getBean(Customizers.class);
			assertThat(Connector.values()).filteredOn((other) -> customizers.of(other).get() > 0)
				.containsExactly(connector);
		});
	}

	@ParameterizedTest
	@EnumSource
	void secretOfAFileServesACallOnAnEventLoop(Connector connector, @TempDir Path directory) throws IOException {
		TestA55.stub(server, "token");
		Files.writeString(directory.resolve("a55.client-secret"), "secret");
		contextRunner(connector)
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new ConfigTreePropertySource("secrets", directory)))
			.run((context) -> assertThat(
					Mono.defer(() -> client(context).get().uri("wallet").retrieve().bodyToMono(String.class))
						.subscribeOn(Schedulers.parallel())
						.block(TestConnectors.PATIENCE))
				.isEqualTo("ok"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.ssl.bundle", "spring.http.clients.ssl.bundle" })
	void certificateInTheBundleIsTrustedAtBothHosts(String property) {
		httpsRunner(property).run((context) -> assertThat(get(context)).isEqualTo("ok"));
	}

	@Test
	void bundleOfTheGroupIsUsed() {
		TestA55.stub(server, "token");
		httpsRunner("spring.http.serviceclient.a55.ssl.bundle").withUserConfiguration(GroupHost.class)
			.withPropertyValues("a55.token-uri=" + server.url(TestA55.TOKEN_PATH))
			.run((context) -> assertThat(context.getBean(Wallets.class).get()).isEqualTo("ok"));
	}

	@Test
	void connectionsOfTheTokenRequestsAndOfGroupsAreClosedWithTheContext() {
		TestA55.stub(server, "token");
		List<HttpClient> clients = new ArrayList<>();
		ClientHttpConnectorBuilderCustomizer<JettyClientHttpConnectorBuilder> customizer = (builder) -> builder
			.withHttpClientCustomizer(clients::add);
		contextRunner(Connector.JETTY).withUserConfiguration(BlockingGroupHost.class)
			.withBean(ClientHttpConnectorBuilderCustomizer.class, () -> customizer)
			.withPropertyValues("spring.http.serviceclient.a55.read-timeout=7m")
			.run((context) -> {
				assertThat(get(context)).isEqualTo("ok");
				assertThat(context.getBean(Wallets.class).get()).isEqualTo("ok");
				assertThat(clients).filteredOn(HttpClient::isStarted).hasSize(3);
			});
		assertThat(clients).noneMatch(HttpClient::isStarted);
	}

	private static ApplicationContextRunner contextRunner(Connector connector) {
		return TestA55.contextRunner(server).withPropertyValues("spring.http.clients.reactive.connector=" + connector);
	}

	private static ApplicationContextRunner httpsRunner(String property) {
		return TestA55.contextRunner(server)
			.withPropertyValues("a55.base-url=" + TestCertificates.url(https, "/api/v1/"),
					"a55.token-uri=" + TestCertificates.url(https, TestA55.TOKEN_PATH), property + "=a55",
					"spring.ssl.bundle.pem.a55.truststore.certificate=" + TestCertificates.pem());
	}

	private static WebClient client(ApplicationContext context) {
		return context.getBean("a55WebClient", WebClient.class);
	}

	private static String get(ApplicationContext context) {
		return TestConnectors.body(client(context).get().uri("wallet"));
	}

	@Configuration(proxyBeanMethods = false)
	static class Customizers {

		private final Map<Connector, AtomicInteger> customized = new ConcurrentHashMap<>();

		AtomicInteger of(Connector connector) {
			return this.customized.computeIfAbsent(connector, (key) -> new AtomicInteger());
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> reactor() {
			return (builder) -> builder.withHttpClientCustomizer((client) -> {
				of(Connector.REACTOR).incrementAndGet();
				return client;
			});
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<JdkClientHttpConnectorBuilder> jdk() {
			return (builder) -> builder.withHttpClientCustomizer((client) -> of(Connector.JDK).incrementAndGet());
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<JettyClientHttpConnectorBuilder> jetty() {
			return (builder) -> builder.withHttpClientCustomizer((client) -> of(Connector.JETTY).incrementAndGet());
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<HttpComponentsClientHttpConnectorBuilder> httpComponents() {
			return (builder) -> builder
				.withHttpClientCustomizer((client) -> of(Connector.HTTP_COMPONENTS).incrementAndGet());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class, clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	static class GroupHost {

	}

	/**
	 * For a WebClient of a group, Boot makes a connector of its own before ours.
	 */
	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class)
	static class BlockingGroupHost {

	}

	interface Wallets {

		@GetExchange("wallet")
		String get();

	}

}
