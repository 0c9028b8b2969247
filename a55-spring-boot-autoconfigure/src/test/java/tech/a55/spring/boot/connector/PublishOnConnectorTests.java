package tech.a55.spring.boot.connector;

import java.io.IOException;
import java.net.URI;

import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.test.StepVerifier;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.mock.http.client.reactive.MockClientHttpResponse;

/**
 * Tests for {@link PublishOnConnector}.
 */
class PublishOnConnectorTests {

	@Test
	void aBodyThatEndsBeforeItsSubscriptionIsEmpty() {
		StepVerifier.create(body(Subscriber::onComplete)).expectComplete().verify(TestConnectors.PATIENCE);
	}

	@Test
	void aBodyThatFailsBeforeItsSubscriptionFails() {
		StepVerifier.create(body((subscriber) -> subscriber.onError(new IOException("reset"))))
			.expectErrorMessage("reset")
			.verify(TestConnectors.PATIENCE);
	}

	/**
	 * Return a body that comes to its end before its subscription, which happens within
	 * the library of HttpComponents if both meet.
	 */
	private static Flux<DataBuffer> body(End end) {
		MockClientHttpResponse response = new MockClientHttpResponse(HttpStatus.NOT_FOUND);
		response.setBody(Flux.from((subscriber) -> {
			end.signal(subscriber);
			subscriber.onSubscribe(Operators.emptySubscription());
		}));
		return new PublishOnConnector((method, uri, callback) -> Mono.just(response))
			.connect(HttpMethod.GET, URI.create("http://localhost/"), (request) -> Mono.empty())
			.flatMapMany(ClientHttpResponse::getBody);
	}

	private interface End {

		void signal(Subscriber<?> subscriber);

	}

}
