package tech.a55.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import com.sun.net.httpserver.HttpExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

class A55MappingTests {

	private static final Application.Wallet WALLET = new Application.Wallet("w1");

	private final LoopbackServer a55 = new LoopbackServer();

	private final List<String> bodies = new CopyOnWriteArrayList<>();

	@BeforeEach
	void start() {
		this.a55.handle("/oauth2/token", (exchange) -> LoopbackServer.answer(exchange, 200, "application/json",
				"{\"access_token\":\"token\",\"expires_in\":3600,\"token_type\":\"Bearer\"}"));
		this.a55.handle("/api/v1/", this::echo);
	}

	@AfterEach
	void stop() {
		this.a55.close();
	}

	@ParameterizedTest
	@EnumSource
	void clientsSendAndReadTheNamesThatTheHostConfigures(WebApplicationType type) {
		try (ConfigurableApplicationContext context = run(type, Application.ReactiveInterfaceConfiguration.class)) {
			assertThat(context.getBean("a55WebClient", WebClient.class)
				.post()
				.uri("wallet")
				.bodyValue(WALLET)
				.retrieve()
				.bodyToMono(Application.Wallet.class)
				.block()).isEqualTo(WALLET);
			assertThat(context.getBean(Application.Wallets.class).create(WALLET)).isEqualTo(WALLET);
		}
		try (ConfigurableApplicationContext context = run(type, Application.BlockingInterfaceConfiguration.class)) {
			assertThat(context.getBean("a55RestClient", RestClient.class)
				.post()
				.uri("wallet")
				.body(WALLET)
				.retrieve()
				.body(Application.Wallet.class)).isEqualTo(WALLET);
			assertThat(context.getBean(Application.Wallets.class).create(WALLET)).isEqualTo(WALLET);
		}
		assertThat(this.bodies).hasSize(4).containsOnly("{\"wallet_uuid\":\"w1\"}");
	}

	private void echo(HttpExchange exchange) throws IOException {
		String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
		this.bodies.add(body);
		LoopbackServer.answer(exchange, 200, "application/json", body);
	}

	private ConfigurableApplicationContext run(WebApplicationType type, Class<?> configuration) {
		return new SpringApplicationBuilder(Application.class, configuration).web(type)
			.run("--server.port=0", "--a55.client-id=host", "--a55.client-secret=secret",
					"--a55.base-url=" + this.a55.url("/api/v1/"), "--a55.token-uri=" + this.a55.url("/oauth2/token"),
					"--a55.rest-client.enabled=true", "--spring.jackson.property-naming-strategy=SNAKE_CASE");
	}

}
