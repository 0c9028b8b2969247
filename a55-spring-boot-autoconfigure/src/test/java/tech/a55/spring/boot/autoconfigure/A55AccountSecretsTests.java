package tech.a55.spring.boot.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.a55.spring.boot.A55Clients;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.autoconfigure.context.properties.ConfigurationPropertiesReportEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.env.EnvironmentEndpointAutoConfiguration;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint;
import org.springframework.boot.actuate.env.EnvironmentEndpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the client secrets of accounts other than the default one.
 */
class A55AccountSecretsTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(TestA55.AUTO_CONFIGURATIONS);

	@ParameterizedTest
	@ValueSource(strings = { "a55.clients.my-shop.client-secret=s3cr3t", "a55.clients[my-shop].clientSecret=s3cr3t",
			"A55_CLIENTS_MYSHOP_CLIENTSECRET=s3cr3t", "A55_CLIENTS_MY_SHOP_CLIENT_SECRET=s3cr3t",
			"a55.clients.my-shop.client-secret=${mine};mine=s3cr3t",
			"a55.clients.my-shop.client-secret=s3cr3t;sun.java.command=--a55.clients.my-shop.client-secret=s3cr3t" })
	void actuatorPagesShowNoSecretAlthoughTheyShowValues(String properties) {
		this.contextRunner
			.withConfiguration(AutoConfigurations.of(EnvironmentEndpointAutoConfiguration.class,
					ConfigurationPropertiesReportEndpointAutoConfiguration.class))
			.withPropertyValues("management.endpoints.web.exposure.include=*",
					"management.endpoints.jmx.exposure.include=*", "spring.jmx.enabled=true",
					"management.endpoint.env.show-values=always", "management.endpoint.configprops.show-values=always",
					"a55.clients.my-shop.client-id=shown", "a55.client-id=test", "a55.client-secret=other",
					"a55.clients.my-shop.client-secret=another")
			.withPropertyValues(properties.split(";"))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				JsonMapper json = JsonMapper.shared();
				String env = json.writeValueAsString(context.getBean(EnvironmentEndpoint.class).environment(null));
				assertThat(env).contains("\"shown\"").contains("******").doesNotContain("s3cr3t");
				assertThat(json.writeValueAsString(
						context.getBean(ConfigurationPropertiesReportEndpoint.class).configurationProperties()))
					.contains("a55-tech.a55")
					.doesNotContain("s3cr3t");
			});
	}

	@Test
	void secretOfAConfigTreeIsReadAgain(@TempDir Path directory) throws Exception {
		Path secret = Files.createDirectories(directory.resolve("a55/clients/my-shop")).resolve("client-secret");
		Files.writeString(secret, "before\n");
		TestA55.stub(server, "token");
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.withFormParam("client_secret", WireMock.equalTo("before"))
			.willReturn(WireMock.jsonResponse("{\"error\":\"invalid_client\"}", 400)));
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Host.class)
			.web(WebApplicationType.NONE)
			.run("--spring.config.import=configtree:" + directory + "/", "--a55.clients.my-shop.client-id=test",
					"--a55.base-url=" + server.url("/api/v1/"), "--a55.token-uri=" + server.url(TestA55.TOKEN_PATH))) {
			WebClient client = context.getBean(A55Clients.class).webClient("my-shop");
			assertThat(status(client)).isEqualTo("refused");
			Files.writeString(secret, "after\n");
			Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> status(client).equals("ok"));
		}
		server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo(TestA55.TOKEN_PATH))
			.withFormParam("client_secret", WireMock.equalTo("after")));
	}

	@Test
	void secretThatChangesEndsTheCoolDownOfItsAccountOnly() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.withFormParam("client_secret", WireMock.matching(".*-secret"))
			.willReturn(WireMock.jsonResponse("{\"error\":\"invalid_client\"}", 400)));
		this.contextRunner.withPropertyValues(TestA55.account("shop"))
			.withPropertyValues(TestA55.account("market"))
			.withPropertyValues("a55.base-url=" + server.url("/api/v1/"),
					"a55.token-uri=" + server.url(TestA55.TOKEN_PATH))
			.run((context) -> {
				A55Clients clients = context.getBean(A55Clients.class);
				assertThat(clients.names())
					.allSatisfy((name) -> assertThat(status(clients.webClient(name))).isEqualTo("refused"));
				TestPropertyValues.of("a55.clients.shop.client-secret=rotated").applyTo(context);
				assertThat(status(clients.webClient("shop"))).isEqualTo("ok");
				assertThat(status(clients.webClient("market"))).isEqualTo("refused");
			});
		server.verify(3, TestA55.TOKEN_REQUEST);
	}

	private static String status(WebClient client) {
		return String.valueOf(client.get()
			.uri("wallet")
			.retrieve()
			.bodyToMono(String.class)
			.onErrorReturn((ex) -> String.valueOf(ex.getMessage()).contains("invalid_client"), "refused")
			.block());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Host {

	}

}
