package tech.a55.host;

import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

@SpringBootApplication
@RestController
public class Application {

	private final WebClient a55WebClient;

	Application(WebClient a55WebClient) {
		this.a55WebClient = a55WebClient;
	}

	@GetMapping("/a55")
	Mono<String> call() {
		return this.a55WebClient.get().uri("wallet").retrieve().bodyToMono(String.class);
	}

}
