package tech.a55.host;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.client.RestClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

@SpringBootApplication
@ImportHttpServices(group = "a55", types = Application.Wallets.class)
public class Application {

	private final RestClient a55RestClient;

	private final Wallets wallets;

	Application(RestClient a55RestClient, Wallets wallets) {
		this.a55RestClient = a55RestClient;
		this.wallets = wallets;
	}

	String call() {
		return this.a55RestClient.get().uri("wallet").retrieve().body(String.class);
	}

	String callInterface() {
		return this.wallets.find();
	}

	interface Wallets {

		@GetExchange("wallet")
		String find();

	}

}
