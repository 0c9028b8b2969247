package tech.a55.host;

import java.net.http.HttpResponse;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds with the starter and without.
 */
class HostTests {

	private static final A55Simulator a55 = new A55Simulator();

	private static final HostAuthorizationServer authorizationServer = new HostAuthorizationServer();

	private static ConfigurableApplicationContext context;

	private final Browser browser = Browser
		.notFollowing(context.getEnvironment().getProperty("local.server.port", int.class));

	@BeforeAll
	static void start() {
		context = SpringApplication.run(Application.class, a55.args(authorizationServer.arg()));
	}

	@AfterAll
	static void stop() {
		context.close();
		authorizationServer.close();
		a55.close();
	}

	@Test
	void requestWithoutTokenIsRefused() {
		assertRefused(this.browser.get("/own"), "Bearer");
	}

	@Test
	void requestWithAnyOtherTokenIsRefused() {
		assertRefused(this.browser.get("/own", "Authorization", "Bearer token-1"), "Bearer error=\"invalid_token\"");
	}

	@Test
	void requestWithTheTokenOfTheHostIsServed() {
		assertThat(this.browser.get("/own", "Authorization", "Bearer host-token").body()).isEqualTo("own");
	}

	private static void assertRefused(HttpResponse<String> response, String challenge) {
		assertThat(response.statusCode()).isEqualTo(401);
		assertThat(response.headers().firstValue("WWW-Authenticate")).get().asString().startsWith(challenge);
		assertThat(response.headers().firstValue("Location")).isEmpty();
	}

}
