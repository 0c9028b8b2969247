package tech.a55.host;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

@RestController
class A55Endpoint {

	private final WebClient a55WebClient;

	A55Endpoint(WebClient a55WebClient,
			@Qualifier("a55AuthorizedClientManager") OAuth2AuthorizedClientManager manager) {
		this.a55WebClient = a55WebClient;
	}

	@GetMapping("/a55")
	String call() {
		return this.a55WebClient.get().uri("wallet").retrieve().bodyToMono(String.class).block();
	}

}
