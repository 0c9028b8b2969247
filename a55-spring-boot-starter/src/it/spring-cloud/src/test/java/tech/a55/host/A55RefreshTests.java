package tech.a55.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import com.sun.net.httpserver.HttpExchange;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.oauth2.client.ClientAuthorizationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class A55RefreshTests {

	@Test
	void secretThatARefreshBringsIsUsedByTheNextCall(@TempDir Path directory) throws IOException {
		Path file = write(directory, "refused");
		try (LoopbackServer a55 = new LoopbackServer()) {
			a55.handle("/oauth2/token", A55RefreshTests::issueTokenForTheRotatedSecret);
			a55.handle("/api/v1/", (exchange) -> LoopbackServer.answer(exchange, 200, "text/plain", "ok"));
			try (ConfigurableApplicationContext context = SpringApplication.run(Application.class,
					"--spring.config.import=file:" + file, "--spring.cloud.compatibility-verifier.enabled=false",
					"--a55.client-id=host", "--a55.base-url=" + a55.url("/api/v1/"),
					"--a55.token-uri=" + a55.url("/oauth2/token"))) {
				Application application = context.getBean(Application.class);
				assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(application::call)
					.withMessageContaining("invalid_client");
				write(directory, "rotated");
				assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(application::call);
				assertThat(context.getBean(ContextRefresher.class).refresh()).contains("a55.client-secret");
				// A secret that is read too late counts as unchanged
				Awaitility.await()
					.atMost(Duration.ofMinutes(1))
					.ignoreException(ClientAuthorizationException.class)
					.until(application::call, "ok"::equals);
			}
		}
	}

	private static Path write(Path directory, String secret) throws IOException {
		return Files.writeString(directory.resolve("secrets.properties"), "a55.client-secret=" + secret);
	}

	private static void issueTokenForTheRotatedSecret(HttpExchange exchange) throws IOException {
		String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
		boolean rotated = form.contains("client_secret=rotated");
		LoopbackServer.answer(exchange, rotated ? 200 : 400, "application/json",
				rotated ? "{\"access_token\":\"token\",\"expires_in\":3600,\"token_type\":\"Bearer\"}"
						: "{\"error\":\"invalid_client\"}");
	}

}
