package tech.a55.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import com.sun.net.httpserver.HttpExchange;
import com.ulisesbocchio.jasyptspringboot.EncryptablePropertySource;
import org.awaitility.Awaitility;
import org.jasypt.util.text.BasicTextEncryptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.oauth2.client.ClientAuthorizationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class A55JasyptTests {

	@ParameterizedTest
	@ValueSource(strings = { "--jasypt.encryptor.proxy-property-sources=false",
			"--jasypt.encryptor.proxy-property-sources=true" })
	void rotatedFileOfAConfigTreeIsUsedByTheNextTokenRequest(String mode, @TempDir Path directory) throws IOException {
		Path file = Files.writeString(directory.resolve("my-secret"), "refused\n");
		try (LoopbackServer a55 = new LoopbackServer()) {
			a55.handle("/oauth2/token", A55JasyptTests::issueTokenForTheRotatedSecret);
			a55.handle("/api/v1/", (exchange) -> LoopbackServer.answer(exchange, 200, "text/plain", "ok"));
			try (ConfigurableApplicationContext context = SpringApplication.run(Application.class, mode,
					"--spring.config.import=configtree:" + directory + "/", "--jasypt.encryptor.password=password",
					"--a55.client-id=host", "--a55.client-secret=${my-secret}",
					"--a55.base-url=" + a55.url("/api/v1/"), "--a55.token-uri=" + a55.url("/oauth2/token"))) {
				assertThat(context.getEnvironment().getPropertySources().stream())
					.filteredOn((source) -> source.getName().startsWith("Config tree"))
					.hasSize(1)
					.hasOnlyElementsOfType(EncryptablePropertySource.class);
				Application application = context.getBean(Application.class);
				assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(application::call)
					.withMessageContaining("invalid_client");
				Files.writeString(file, "rotated\n");
				Awaitility.await()
					.atMost(Duration.ofMinutes(1))
					.ignoreException(ClientAuthorizationException.class)
					.untilAsserted(() -> assertThat(application.call()).isEqualTo("ok"));
			}
		}
	}

	@Test
	void secretThatIsEncryptedIsSentDecrypted(@TempDir Path directory) throws IOException {
		BasicTextEncryptor encryptor = new BasicTextEncryptor();
		encryptor.setPassword("password");
		Files.writeString(directory.resolve("unrelated"), "file");
		try (A55Simulator a55 = new A55Simulator();
				ConfigurableApplicationContext context = SpringApplication.run(Application.class,
						a55.args("--spring.config.import=configtree:" + directory + "/",
								"--jasypt.encryptor.password=password",
								"--jasypt.encryptor.algorithm=PBEWithMD5AndDES",
								"--jasypt.encryptor.iv-generator-classname=org.jasypt.iv.NoIvGenerator",
								"--a55.client-secret=ENC(" + encryptor.encrypt("decrypted") + ")"))) {
			assertThat(context.getBean(Application.class).call()).isEqualTo("ok");
			assertThat(a55.tokenForms()).singleElement().asString().contains("client_secret=decrypted");
		}
	}

	private static void issueTokenForTheRotatedSecret(HttpExchange exchange) throws IOException {
		String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
		boolean rotated = form.contains("client_secret=rotated");
		LoopbackServer.answer(exchange, rotated ? 200 : 400, "application/json",
				rotated ? "{\"access_token\":\"token\",\"expires_in\":3600,\"token_type\":\"Bearer\"}"
						: "{\"error\":\"invalid_client\"}");
	}

}
