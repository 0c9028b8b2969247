package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tech.a55.spring.boot.connector.TestConnectors;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the client secret that token requests are sent with.
 * {@link ClientSecretTests} has those that need no token endpoint.
 */
class A55ClientSecretTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final ApplicationContextRunner contextRunner = TestA55.contextRunner(server);

	@Test
	void secretIsReadAnewForEachTokenRequest() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*")).willReturn(WireMock.unauthorized()));
		this.contextRunner.run((context) -> {
			server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
				.withFormParam("client_secret", WireMock.equalTo("rotated"))
				.willReturn(WireMock.okJson(TestA55.tokenResponse("second-token"))));
			server.stubFor(WireMock.get("/api/v1/wallet")
				.withHeader("Authorization", WireMock.equalTo("Bearer token"))
				.willReturn(WireMock.ok("first")));
			assertThat(get(context, "wallet")).isEqualTo("first");
			server.stubFor(WireMock.get("/api/v1/wallet")
				.withHeader("Authorization", WireMock.equalTo("Bearer token"))
				.willReturn(WireMock.unauthorized()));
			server.stubFor(WireMock.get("/api/v1/wallet")
				.withHeader("Authorization", WireMock.equalTo("Bearer second-token"))
				.willReturn(WireMock.ok("second")));
			TestPropertyValues.of("a55.client-secret=rotated").applyTo(context);
			assertThat(get(context, "wallet")).isEqualTo("second");
		});
		server.verify(2, TestA55.TOKEN_REQUEST);
	}

	@Test
	void secretOfAPropertySourceThatIsAddedEndsTheCoolDown() {
		server.stubFor(WireMock.any(WireMock.anyUrl())
			.willReturn(WireMock.jsonResponse("{\"error\":\"invalid_client\"}", 400).withHeader("Retry-After", "300")));
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Host.class)
			.web(WebApplicationType.NONE)
			.run("--a55.client-id=test", "--a55.client-secret=refused", "--a55.base-url=" + server.url("/api/v1/"),
					"--a55.token-uri=" + server.url(TestA55.TOKEN_PATH))) {
			assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(() -> get(context, "wallet"));
			TestA55.stub(server, "token");
			assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(() -> get(context, "wallet"));
			context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("vault", Map.of("a55.client-secret", "rotated")));
			// A secret that is read too late counts as unchanged
			TestConnectors.eventually()
				.ignoreException(ClientAuthorizationException.class)
				.until(() -> get(context, "wallet"), "ok"::equals);
		}
		server.verify(2, TestA55.TOKEN_REQUEST);
		server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo(TestA55.TOKEN_PATH))
			.withFormParam("client_secret", WireMock.equalTo("rotated")));

	}

	@Test
	void secretFileOfAConfigTreeIsReadAnewForEachTokenRequest(@TempDir Path directory) throws IOException {
		Path file = Files.writeString(directory.resolve("my-secret"), "refused\n");
		server.stubFor(WireMock.any(WireMock.anyUrl())
			.willReturn(WireMock.jsonResponse("{\"error\":\"invalid_client\"}", 400).withHeader("Retry-After", "300")));
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Host.class)
			.web(WebApplicationType.NONE)
			.run("--spring.config.import=configtree:" + directory + "/", "--a55.client-id=test",
					"--a55.client-secret=${my-secret}", "--a55.base-url=" + server.url("/api/v1/"),
					"--a55.token-uri=" + server.url(TestA55.TOKEN_PATH))) {
			for (int i = 0; i < 3; i++) {
				assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(() -> get(context, "wallet"));
			}
			server.verify(1, TestA55.TOKEN_REQUEST);
			Files.writeString(file, "rotated\n");
			TestA55.stub(server, "token");
			Awaitility.await()
				.atMost(Duration.ofMinutes(1))
				.ignoreException(ClientAuthorizationException.class)
				.untilAsserted(() -> assertThat(get(context, "wallet")).isEqualTo("ok"));
		}
		server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo(TestA55.TOKEN_PATH))
			.withFormParam("client_secret", WireMock.equalTo("rotated")));
	}

	@Test
	void secretFileIsReadThoughAllThreadsThatMayWaitDoWait(@TempDir Path directory)
			throws IOException, InterruptedException {
		Files.writeString(directory.resolve("my-secret"), "of-the-file");
		TestA55.stub(server, "token");
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Host.class)
			.web(WebApplicationType.NONE)
			.run("--spring.config.import=configtree:" + directory + "/", "--a55.client-id=test",
					"--a55.client-secret=${my-secret}", "--a55.base-url=" + server.url("/api/v1/"),
					"--a55.token-uri=" + server.url(TestA55.TOKEN_PATH))) {
			int size = Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE;
			CountDownLatch waiting = new CountDownLatch(size);
			CountDownLatch answered = new CountDownLatch(1);
			Flux.range(0, size).flatMap((i) -> Mono.fromCallable(() -> {
				waiting.countDown();
				return answered.await(5, TimeUnit.MINUTES);
			}).subscribeOn(Schedulers.boundedElastic()), size).subscribe();
			try {
				assertThat(waiting.await(5, TimeUnit.MINUTES)).isTrue();
				assertThat(client(context).get()
					.uri("wallet")
					.retrieve()
					.bodyToMono(String.class)
					.subscribeOn(Schedulers.parallel())
					.block(Duration.ofMinutes(5))).isEqualTo("ok");
			}
			finally {
				answered.countDown();
			}
		}
		server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo(TestA55.TOKEN_PATH))
			.withRequestBody(WireMock.containing("client_secret=of-the-file")));
	}

	private static WebClient client(ApplicationContext context) {
		return context.getBean("a55WebClient", WebClient.class);
	}

	private static String get(ApplicationContext context, String uri, Object... variables) {
		String body = client(context).get().uri(uri, variables).retrieve().bodyToMono(String.class).block();
		return (body != null) ? body : "";
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Host {

	}

}
