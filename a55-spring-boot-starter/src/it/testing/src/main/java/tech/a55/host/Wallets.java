package tech.a55.host;

import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.stereotype.Service;
import org.springframework.web.reactive.function.client.WebClient;

@Service
class Wallets {

	private final WebClient a55WebClient;

	Wallets(WebClient a55WebClient) {
		this.a55WebClient = a55WebClient;
	}

	Mono<JsonNode> findByEmail(String email) {
		return this.a55WebClient.get().uri("bank/wallet/?email={email}", email).retrieve().bodyToMono(JsonNode.class);
	}

}
