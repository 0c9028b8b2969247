package tech.a55.host;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

class A55AccountsTests {

	private final A55Simulator a55 = new A55Simulator();

	@AfterEach
	void stop() {
		this.a55.close();
	}

	@Test
	void eachAccountHasItsOwnToken() {
		try (ConfigurableApplicationContext context = run("--a55.clients.shop.client-id=shop",
				"--a55.clients.shop.client-secret=of-the-shop", "--a55.clients.shop.scopes=charges")) {
			Browser browser = Browser
				.notFollowing(context.getEnvironment().getProperty("local.server.port", int.class));
			assertThat(this.a55.tokenRequests()).isZero();
			for (String path : List.of("/interfaces/default", "/clients/default", "/interfaces/shop", "/clients/shop",
					"/beans/shop", "/interfaces/default")) {
				assertThat(browser.get(path).body()).as(path).isEqualTo("ok");
			}
			assertThat(this.a55.calls()).containsExactly("[Bearer token-1]", "[Bearer token-1]", "[Bearer token-2]",
					"[Bearer token-2]", "[Bearer token-2]", "[Bearer token-1]");
			assertThat(this.a55.tokenForms()).satisfiesExactly(
					(form) -> assertThat(form).contains("client_id=host", "client_secret=secret"),
					(form) -> assertThat(form).contains("client_id=shop", "client_secret=of-the-shop", "scope=charges"));
			assertThat(context.getBean("a55WebClient")).isInstanceOf(WebClient.class)
				.isNotSameAs(context.getBean("shopWebClient"));
		}
	}

	@Test
	void accountThatIsNotConfiguredStopsTheStart() {
		assertThatException()
			.isThrownBy(
					() -> run("--a55.clients.other.client-id=other", "--a55.clients.other.client-secret=other").close())
			.havingRootCause()
			.withMessageContaining("There is no A55 account 'shop', but there are: default, other.");
	}

	private ConfigurableApplicationContext run(String... args) {
		SpringApplication application = new SpringApplication(Application.class);
		application.setMainApplicationClass(Application.class);
		return application.run(this.a55.args(args));
	}

}
