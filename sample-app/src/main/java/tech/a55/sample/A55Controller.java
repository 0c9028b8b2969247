package tech.a55.sample;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Shows both ways to call A55: an HTTP interface for the wallets, and the
 * {@link WebClient} for the charges.
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
			GET /live       what the page shows, as server-sent events
			""";

	private final WalletService wallets;

	private final WebClient a55WebClient;

	private final String defaultCustomerId;

	A55Controller(WalletService wallets, WebClient a55WebClient,
			@Value("${sample.customer-id:}") String defaultCustomerId) {
		this.wallets = wallets;
		this.a55WebClient = a55WebClient;
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
