package tech.a55.host;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.reactive.function.client.WebClient;

@SpringBootApplication
public class Application {

	private final WebClient a55WebClient;

	Application(WebClient a55WebClient) {
		this.a55WebClient = a55WebClient;
	}

	String call() {
		return this.a55WebClient.get().uri("wallet").retrieve().bodyToMono(String.class).block();
	}

}
