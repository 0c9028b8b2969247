package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;

import static org.assertj.core.api.Assertions.assertThat;

class A55StartUpTests {

	@Test
	void clientInterfaceAndManagerShareOneToken() {
		try (A55Simulator a55 = new A55Simulator();
				ConfigurableApplicationContext context = SpringApplication.run(Application.class, a55.args())) {
			Browser browser = Browser
				.notFollowing(context.getEnvironment().getProperty("local.server.port", int.class));
			assertThat(browser.get("/charges").body()).isEqualTo("ok");
			assertThat(browser.get("/wallets").body()).isEqualTo("ok");
			OAuth2AuthorizedClientManager manager = context.getBean("a55AuthorizedClientManager",
					OAuth2AuthorizedClientManager.class);
			assertThat(
					manager.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("a55").principal("host").build())
						.getAccessToken()
						.getTokenValue())
				.isEqualTo("token-1");
			assertThat(a55.calls()).containsExactly("[Bearer token-1]", "[Bearer token-1]");
		}
	}

}
