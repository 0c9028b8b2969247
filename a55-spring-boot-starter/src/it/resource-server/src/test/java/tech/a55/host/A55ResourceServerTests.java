package tech.a55.host;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.security.oauth2.server.resource.web.reactive.function.client.ServletBearerExchangeFilterFunction;

import static org.assertj.core.api.Assertions.assertThat;

class A55ResourceServerTests {

	@Test
	void tokenOfTheCallerIsNotSentOnToA55ThoughTheHostRelaysIt() {
		try (A55Simulator a55 = new A55Simulator();
				HostAuthorizationServer authorizationServer = new HostAuthorizationServer();
				ConfigurableApplicationContext context = new SpringApplication(Application.class, TokenRelay.class)
					.run(a55.args(authorizationServer.arg()))) {
			Browser browser = Browser
				.notFollowing(context.getEnvironment().getProperty("local.server.port", int.class));
			assertThat(browser.get("/a55", "Authorization", "Bearer token-1").statusCode()).isEqualTo(401);
			assertThat(a55.tokenRequests()).isZero();
			assertThat(browser.get("/a55", "Authorization", "Bearer host-token").body()).isEqualTo("ok");
			assertThat(browser.get("/a55", "Authorization", "Bearer host-token").body()).isEqualTo("ok");
			assertThat(context.getBean(TokenRelay.class).relayed).containsExactly("Bearer host-token",
					"Bearer host-token");
			assertThat(a55.calls()).containsExactly("[Bearer token-1]", "[Bearer token-1]");
			assertThat(a55.tokenRequests()).isOne();
		}
	}

	static class TokenRelay {

		private final List<String> relayed = new CopyOnWriteArrayList<>();

		@Bean
		WebClientCustomizer tokenRelay() {
			return (builder) -> builder.filter(new ServletBearerExchangeFilterFunction()).filter((request, next) -> {
				this.relayed.addAll(request.headers().getOrEmpty("Authorization"));
				return next.exchange(request);
			});
		}

	}

}
