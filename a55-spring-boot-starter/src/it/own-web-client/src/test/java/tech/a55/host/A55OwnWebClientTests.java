package tech.a55.host;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

class A55OwnWebClientTests {

	@Test
	void bothInjectByName() {
		List<String> authorizations = new CopyOnWriteArrayList<>();
		try (A55Simulator a55 = new A55Simulator(); LoopbackServer host = new LoopbackServer()) {
			host.handle("/", (exchange) -> {
				authorizations.add(String.valueOf(exchange.getRequestHeaders().get("Authorization")));
				LoopbackServer.answer(exchange, 200, "text/plain", "host");
			});
			try (ConfigurableApplicationContext context = SpringApplication.run(Application.class,
					a55.args("--host.url=" + host.url("/")))) {
				Application.Clients clients = context.getBean(Application.Clients.class);
				assertThat(answer(clients.a55())).isEqualTo("ok");
				assertThat(answer(clients.host())).isEqualTo("host");
				assertThat(context.getBean("a55AuthorizedClientManager"))
					.isInstanceOf(OAuth2AuthorizedClientManager.class);
			}
			assertThat(a55.calls()).containsExactly("[Bearer token-1]");
			assertThat(authorizations).containsExactly("null");
		}
	}

	private static String answer(WebClient client) {
		return client.get().uri("wallet").retrieve().bodyToMono(String.class).block();
	}

}
