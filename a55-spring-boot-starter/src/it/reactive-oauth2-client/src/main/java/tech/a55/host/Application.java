package tech.a55.host;

import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.ReactiveOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class Application {

	private final ReactiveOAuth2AuthorizedClientManager manager;

	Application(ReactiveOAuth2AuthorizedClientManager manager) {
		this.manager = manager;
	}

	public static void main(String[] args) {
		SpringApplication.run(Application.class, args);
	}

	@GetMapping("/registered")
	String registered(@RegisteredOAuth2AuthorizedClient("service") OAuth2AuthorizedClient client) {
		return client.getAccessToken().getTokenValue();
	}

	@GetMapping("/managed")
	Mono<String> managed(Authentication user) {
		return this.manager
			.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("service").principal(user).build())
			.map((client) -> client.getAccessToken().getTokenValue());
	}

}
