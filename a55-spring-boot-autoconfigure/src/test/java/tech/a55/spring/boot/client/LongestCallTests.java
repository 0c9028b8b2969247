package tech.a55.spring.boot.client;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the longest time of a call, which the README gives as a formula, in virtual
 * time: every step takes as long as it may.
 */
class LongestCallTests extends AbstractExchangeTests {

	/**
	 * Longer than a token is usable, so each attempt waits for a second one.
	 */
	private static final Duration CONNECT = Duration.ofSeconds(20);

	private static final Duration READ = Duration.ofSeconds(60);

	private static final Duration READING_OF_A_BODY = Duration.ofSeconds(2);

	@Test
	void isThatOfTheFormula() {
		this.simulation.endpoint = (count) -> Mono.delay(TokenSimulation.TIMEOUT.minusMillis(1))
			.then(TokenSimulation.token("token " + count, Duration.ofSeconds(20)));
		this.api = (count) -> Mono.delay(READ).then(Mono.fromSupplier(() -> withoutEnd((count == 1) ? 401 : 503)));
		Duration attempt = TokenSimulation.TIMEOUT.plusSeconds(1)
			.multipliedBy(2)
			.plus(CONNECT)
			.plus(READ)
			.plus(READING_OF_A_BODY);
		Duration longest = attempt.multipliedBy(this.maxAttempts + 1)
			.plus(this.maxWait.multipliedBy(this.maxAttempts - 1));
		Duration slack = Duration.ofSeconds(2L * (this.maxAttempts + 1)).plus(READING_OF_A_BODY);
		call(request("GET").build(), longest.minus(slack).minusMillis(100));
		assertThat(this.sent).hasSize(4);
		assertThat(this.response).isNull();
		this.simulation.advance(slack.plusMillis(100));
		assertThat(status()).isEqualTo(503);
		assertThat(this.sent).hasSize(4);
	}

	@Override
	Mono<ClientResponse> answer(ClientRequest request) {
		return Mono.delay(CONNECT).then(Mono.defer(() -> super.answer(request)));
	}

	/**
	 * The end of the call reads no body, so that the time to read it is one part of the
	 * slack.
	 */
	private ClientResponse withoutEnd(int status) {
		return ClientResponse.create(HttpStatusCode.valueOf(status))
			.header(HttpHeaders.RETRY_AFTER, String.valueOf(this.maxWait.toSeconds()))
			.body(Flux.never())
			.build();
	}

}
