package tech.a55.sample;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.A55Clients;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.server.ResponseStatusException;

/**
 * Shows three ways to call A55: an HTTP interface for the wallets, the {@link WebClient}
 * for the charges, and the clients of other accounts by name.
 */
@RestController
final class A55Controller {

	private static final String HELP = """
			A55 sample application: open it in a browser to see the life of the access token

			GET /wallets    wallets, found by one of
			                ?wallet_uuid=  ?email=  ?customer_id=  (default: sample.customer-id)
			GET /charges    charges of a wallet
			                ?wallet_uuid=  (default: sample.wallet-uuid)
			                &page=1  &limit=20  (at most 100)
			GET /accounts/{name}/wallets
			                the same as /wallets, with another account of a55.clients
			GET /live       what the page shows, as server-sent events
			""";

	private final WalletService wallets;

	private final WebClient a55WebClient;

	private final A55Clients a55Clients;

	private final String defaultCustomerId;

	A55Controller(WalletService wallets, WebClient a55WebClient, A55Clients a55Clients,
			@Value("${sample.customer-id:}") String defaultCustomerId) {
		this.wallets = wallets;
		this.a55WebClient = a55WebClient;
		this.a55Clients = a55Clients;
		this.defaultCustomerId = defaultCustomerId;
	}

	@GetMapping("/")
	String help() {
		return HELP;
	}

	@GetMapping("/wallets")
	Mono<JsonNode> wallets(@RequestParam(name = "wallet_uuid", required = false) @Nullable String walletUuid,
			@RequestParam(required = false) @Nullable String email,
			@RequestParam(name = "customer_id", required = false) @Nullable String customerId) {
		if (walletUuid == null && email == null && customerId == null) {
			return this.wallets.find(null, null, this.defaultCustomerId);
		}
		return this.wallets.find(walletUuid, email, customerId);
	}

	@GetMapping("/accounts/{name}/wallets")
	Mono<JsonNode> walletsOfAccount(@PathVariable String name, @RequestParam MultiValueMap<String, String> query) {
		if (!this.a55Clients.names().contains(name)) {
			throw new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no such account");
		}
		MultiValueMap<String, String> filter = query.isEmpty()
				? MultiValueMap.fromSingleValue(Map.of("customer_id", this.defaultCustomerId)) : query;
		return this.a55Clients.webClient(name)
			.get()
			.uri((uri) -> uri.path("bank/wallet/").queryParams(filter).build())
			.retrieve()
			.bodyToMono(JsonNode.class);
	}

	@GetMapping("/charges")
	Mono<JsonNode> charges(
			@RequestParam(name = "wallet_uuid", defaultValue = "${sample.wallet-uuid:}") String walletUuid,
			@RequestParam(defaultValue = "1") int page, @RequestParam(defaultValue = "20") int limit) {
		return this.a55WebClient.get()
			.uri("bank/wallet/charges/?wallet_uuid={walletUuid}&page={page}&limit={limit}", walletUuid, page, limit)
			.retrieve()
			.bodyToMono(JsonNode.class);
	}

}
