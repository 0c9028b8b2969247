package tech.a55.host;

import tech.a55.spring.boot.A55Clients;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

@SpringBootApplication
@ImportHttpServices(group = "a55", types = Application.Wallets.class)
@ImportHttpServices(group = "a55-shop", types = Application.Charges.class)
public class Application {

	public static void main(String[] args) {
		SpringApplication.run(Application.class, args);
	}

	@Bean
	WebClient shopWebClient(A55Clients a55) {
		return a55.webClient("shop");
	}

	interface Wallets {

		@GetExchange("wallets")
		String find();

	}

	interface Charges {

		@GetExchange("charges")
		String find();

	}

	@RestController
	static class Endpoint {

		private final A55Clients a55;

		private final WebClient shopWebClient;

		private final Wallets wallets;

		private final Charges charges;

		Endpoint(A55Clients a55, WebClient shopWebClient, Wallets wallets, Charges charges) {
			this.a55 = a55;
			this.shopWebClient = shopWebClient;
			this.wallets = wallets;
			this.charges = charges;
		}

		@GetMapping("/interfaces/default")
		String wallets() {
			return this.wallets.find();
		}

		@GetMapping("/interfaces/shop")
		String charges() {
			return this.charges.find();
		}

		@GetMapping("/beans/shop")
		String shop() {
			return this.shopWebClient.get().uri("x").retrieve().bodyToMono(String.class).block();
		}

		@GetMapping("/clients/{account}")
		String call(@PathVariable String account) {
			return this.a55.restClient(account).get().uri("x").retrieve().body(String.class);
		}

	}

}
