package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

class A55ResourceServerTests {

	@Test
	void tokenOfTheCallerIsNotSentOnToA55() {
		try (A55Simulator a55 = new A55Simulator();
				HostAuthorizationServer authorizationServer = new HostAuthorizationServer();
				ConfigurableApplicationContext context = SpringApplication.run(Application.class,
						a55.args(authorizationServer.arg()))) {
			Browser browser = Browser
				.notFollowing(context.getEnvironment().getProperty("local.server.port", int.class));
			assertThat(browser.get("/a55", "Authorization", "Bearer token-1").statusCode()).isEqualTo(401);
			assertThat(a55.tokenRequests()).isZero();
			assertThat(browser.get("/a55", "Authorization", "Bearer host-token").body()).isEqualTo("ok");
			assertThat(browser.get("/a55", "Authorization", "Bearer host-token").body()).isEqualTo("ok");
			assertThat(a55.calls()).containsExactly("[Bearer token-1]", "[Bearer token-1]");
			assertThat(a55.tokenRequests()).isOne();
		}
	}

}
