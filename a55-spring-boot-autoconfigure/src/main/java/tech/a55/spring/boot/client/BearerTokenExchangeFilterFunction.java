package tech.a55.spring.boot.client;

import reactor.core.publisher.Mono;
import tech.a55.spring.boot.token.AccessTokenCache;

import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/**
 * Starts an {@link AuthorizedExchange} for each request. Refuses requests to any other
 * origin than that of the API, before a token is fetched or a connection is made.
 * Thread-safe.
 */
final class BearerTokenExchangeFilterFunction implements ExchangeFilterFunction {

	private final AccessTokenCache accessTokens;

	private final Origin origin;

	private final RetryPolicy retryPolicy;

	private final ExchangeStatistics statistics;

	BearerTokenExchangeFilterFunction(AccessTokenCache accessTokens, Origin origin, RetryPolicy retryPolicy,
			ExchangeStatistics statistics) {
		this.accessTokens = accessTokens;
		this.origin = origin;
		this.retryPolicy = retryPolicy;
		this.statistics = statistics;
	}

	@Override
	public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
		return Mono.deferContextual((context) -> {
			this.origin.require(request.url(), this.accessTokens);
			return new AuthorizedExchange(this.accessTokens, this.origin, this.retryPolicy, this.statistics, request,
					next, context)
				.start();
		});
	}

}
