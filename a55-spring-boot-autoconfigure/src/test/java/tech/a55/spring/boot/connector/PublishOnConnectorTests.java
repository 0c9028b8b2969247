package tech.a55.spring.boot.connector;

import java.net.URI;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.test.StepVerifier;

import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.mock.http.client.reactive.MockClientHttpResponse;

/**
 * Tests for {@link PublishOnConnector}.
 */
class PublishOnConnectorTests {

	/**
	 * HttpComponents signals so if the end arrives while the body is being subscribed to.
	 */
	@Test
	void aBodyThatEndsBeforeItsSubscriptionIsEmpty() {
		MockClientHttpResponse response = new MockClientHttpResponse(HttpStatus.NOT_FOUND);
		response.setBody(Flux.from((subscriber) -> {
			subscriber.onComplete();
			subscriber.onSubscribe(Operators.emptySubscription());
		}));
		StepVerifier
			.create(new PublishOnConnector((method, uri, callback) -> Mono.just(response))
				.connect(HttpMethod.GET, URI.create("http://localhost/"), (request) -> Mono.empty())
				.flatMapMany(ClientHttpResponse::getBody))
			.expectComplete()
			.verify(TestConnectors.PATIENCE);
	}

}
