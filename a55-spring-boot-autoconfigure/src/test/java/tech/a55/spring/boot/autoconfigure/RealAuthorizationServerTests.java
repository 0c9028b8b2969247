package tech.a55.spring.boot.autoconfigure;

import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.security.oauth2.server.authorization.autoconfigure.servlet.OAuth2AuthorizationServerAutoConfiguration;
import org.springframework.boot.security.oauth2.server.authorization.autoconfigure.servlet.OAuth2AuthorizationServerJwtAutoConfiguration;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests against an authorization server and a resource server as Spring builds them, each
 * an application of its own: what they accept was not written to fit what we send.
 */
class RealAuthorizationServerTests {

	private static ConfigurableApplicationContext authorizationServer;

	private static ConfigurableApplicationContext resourceServer;

	@BeforeAll
	static void startServers() {
		String client = "spring.security.oauth2.authorizationserver.client.a55.";
		authorizationServer = start(AuthorizationServer.class, WebApplicationType.SERVLET, "server.port=0",
				client + "registration.client-id=real-client",
				client + "registration.client-secret={noop}real+secret/&%=",
				client + "registration.client-authentication-methods=client_secret_post",
				client + "registration.authorization-grant-types=client_credentials",
				client + "registration.scopes=read,write", client + "token.access-token-format=self-contained");
		resourceServer = start(ResourceServer.class, WebApplicationType.SERVLET, "server.port=0",
				"spring.security.oauth2.resourceserver.jwt.issuer-uri=" + url(authorizationServer));
	}

	@AfterAll
	static void stopServers() {
		resourceServer.close();
		authorizationServer.close();
	}

	@Test
	void resourceServerAcceptsTheToken() {
		try (ConfigurableApplicationContext application = startApplication("real+secret/&%=")) {
			Map<String, Object> claims = application.getBean(WebClient.class)
				.get()
				.uri("claims")
				.retrieve()
				.bodyToMono(new ParameterizedTypeReference<Map<String, Object>>() {
				})
				.block();
			assertThat(claims).containsEntry("sub", "real-client").containsEntry("iss", url(authorizationServer));
		}
	}

	@Test
	void scopesAreGranted() {
		try (ConfigurableApplicationContext application = startApplication("real+secret/&%=", "a55.scopes=read")) {
			String scope = application.getBean(WebClient.class)
				.get()
				.uri("scope")
				.retrieve()
				.bodyToMono(String.class)
				.block();
			assertThat(scope).isEqualTo("[read]");
		}
	}

	@Test
	void wrongSecretIsRefusedByTheAuthorizationServer() {
		try (ConfigurableApplicationContext application = startApplication("wrong-secret")) {
			assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> application.getBean(WebClient.class)
					.get()
					.uri("claims")
					.retrieve()
					.toBodilessEntity()
					.block())
				.withMessageContaining("invalid_client")
				.withMessageNotContaining("wrong-secret");
		}
	}

	@Test
	void resourceServerRefusesARequestWithoutToken() {
		assertThatExceptionOfType(WebClientResponseException.class).isThrownBy(
				() -> WebClient.create(url(resourceServer)).get().uri("/claims").retrieve().toBodilessEntity().block())
			.satisfies((ex) -> assertThat(ex.getStatusCode()).isEqualTo(HttpStatus.UNAUTHORIZED))
			.satisfies((ex) -> assertThat(ex.getHeaders().getFirst(HttpHeaders.WWW_AUTHENTICATE)).startsWith("Bearer"));
	}

	private static ConfigurableApplicationContext startApplication(String clientSecret, String... properties) {
		return start(Application.class, WebApplicationType.NONE,
				Stream
					.concat(Stream.of("a55.client-id=real-client", "a55.client-secret=" + clientSecret,
							"a55.base-url=" + url(resourceServer),
							"a55.token-uri=" + url(authorizationServer) + "/oauth2/token"), Stream.of(properties))
					.toArray(String[]::new));
	}

	private static ConfigurableApplicationContext start(Class<?> application, WebApplicationType type,
			String... properties) {
		return new SpringApplicationBuilder(application).web(type)
			.properties("spring.main.banner-mode=off")
			.properties(properties)
			.run();
	}

	private static String url(ConfigurableApplicationContext context) {
		return "http://localhost:" + context.getEnvironment().getProperty("local.server.port");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = OAuth2ResourceServerAutoConfiguration.class)
	static class AuthorizationServer {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = { OAuth2AuthorizationServerAutoConfiguration.class,
			OAuth2AuthorizationServerJwtAutoConfiguration.class })
	@RestController
	static class ResourceServer {

		@GetMapping("/claims")
		Map<String, Object> claims(@AuthenticationPrincipal Jwt jwt) {
			return jwt.getClaims();
		}

		@GetMapping("/scope")
		String scope(@AuthenticationPrincipal Jwt jwt) {
			return String.valueOf(jwt.getClaimAsStringList("scope"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
