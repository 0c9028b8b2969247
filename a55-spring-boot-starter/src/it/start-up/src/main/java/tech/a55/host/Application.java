package tech.a55.host;

import java.lang.management.ManagementFactory;

import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;

@SpringBootApplication
@ImportHttpServices(group = "a55", clientType = HttpServiceGroup.ClientType.WEB_CLIENT,
		types = Application.Wallets.class)
@RestController
public class Application {

	private final WebClient a55WebClient;

	private final Wallets wallets;

	Application(WebClient a55WebClient, Wallets wallets) {
		this.a55WebClient = a55WebClient;
		this.wallets = wallets;
	}

	/**
	 * Start, print how many milliseconds that took, and end at once.
	 */
	public static void main(String[] args) {
		SpringApplication.run(Application.class, args);
		System.out.println("ready after " + ManagementFactory.getRuntimeMXBean().getUptime());
		Runtime.getRuntime().halt(0);
	}

	@GetMapping("/charges")
	Mono<String> charges() {
		return this.a55WebClient.get().uri("charges").retrieve().bodyToMono(String.class);
	}

	@GetMapping("/wallets")
	Mono<String> wallets() {
		return this.wallets.find();
	}

	interface Wallets {

		@GetExchange("wallets")
		Mono<String> find();

	}

}
