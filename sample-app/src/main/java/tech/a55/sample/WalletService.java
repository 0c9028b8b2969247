package tech.a55.sample;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.service.annotation.GetExchange;

/**
 * The wallets of A55 as an HTTP interface. A55 does not document the envelope of its
 * lists, so the response is read as a tree.
 */
interface WalletService {

	@GetExchange("bank/wallet/")
	Mono<JsonNode> find(@RequestParam(name = "wallet_uuid", required = false) @Nullable String walletUuid,
			@RequestParam(required = false) @Nullable String email,
			@RequestParam(name = "customer_id", required = false) @Nullable String customerId);

}
