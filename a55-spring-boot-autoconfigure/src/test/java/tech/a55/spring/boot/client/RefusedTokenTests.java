package tech.a55.spring.boot.client;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import tech.a55.spring.boot.token.CachedAccessToken;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.ExchangeStrategies;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what follows when A55 refuses one token after another, in virtual time.
 */
class RefusedTokenTests {

	@Test
	void evictsTheNextTokenTooWhereTheApiRefusesIt() {
		try (TokenSimulation simulation = new TokenSimulation()) {
			ExchangeStatistics statistics = new ExchangeStatistics();
			ExchangeFilterFunction filter = new BearerTokenExchangeFilterFunction(simulation.cache,
					Origin.of(URI.create("https://api.example.com/")),
					new RetryPolicy(3, Duration.ofSeconds(10), false), statistics);
			CachedAccessToken first = simulation.call();
			AtomicInteger exchanges = new AtomicInteger();
			filter.filter(ClientRequest.create(HttpMethod.GET, URI.create("https://api.example.com/x")).build(),
					(request) -> {
						Mono<ClientResponse> refused = refuse(request);
						return (exchanges.incrementAndGet() > 1) ? refused : refused.doOnNext((response) -> {
							simulation.advance(Duration.ofMinutes(46));
							assertThat(simulation.call()).isSameAs(first);
						});
					})
				.subscribe();
			simulation.settle();
			assertThat(exchanges).hasValue(2);
			assertThat(simulation.cache.handOut(Context.empty())).isNull();
			assertThat(statistics.replays()).isEqualTo(1);
			assertThat(simulation.evictions()).isEqualTo(1);
		}
	}

	private static Mono<ClientResponse> refuse(ClientRequest request) {
		return request
			.writeTo(new MockClientHttpRequest(request.method(), request.url()), ExchangeStrategies.withDefaults())
			.thenReturn(ClientResponse.create(HttpStatus.UNAUTHORIZED).build());
	}

	@Test
	@DisplayName("Row 12: API always 401, 100 calls/s for 10 min")
	void aPermissionProblemDoesNotHammerTheTokenEndpoint() {
		try (TokenSimulation simulation = new TokenSimulation()) {
			AtomicInteger exchanges = new AtomicInteger();
			ExchangeFilterFunction filter = new BearerTokenExchangeFilterFunction(simulation.cache,
					Origin.of(URI.create("https://api.example.com/")),
					new RetryPolicy(3, Duration.ofSeconds(10), false), new ExchangeStatistics());
			ExchangeFunction alwaysRefuses = (request) -> {
				exchanges.incrementAndGet();
				return refuse(request);
			};
			ClientRequest request = ClientRequest.create(HttpMethod.GET, URI.create("https://api.example.com/x"))
				.build();
			int refused = 0;
			for (int call = 0; call < 60_000; call++) {
				int before = exchanges.get();
				AtomicReference<HttpStatusCode> status = new AtomicReference<>();
				filter.filter(request, alwaysRefuses).map(ClientResponse::statusCode).subscribe(status::set);
				simulation.advance(Duration.ofMillis(10));
				assertThat(exchanges.get() - before).isBetween(1, 2);
				refused += HttpStatus.UNAUTHORIZED.equals(status.get()) ? 1 : 0;
			}
			assertThat(refused).isEqualTo(60_000);
			assertThat(simulation.fetches.get()).isBetween(10, 20);
		}
	}

}
