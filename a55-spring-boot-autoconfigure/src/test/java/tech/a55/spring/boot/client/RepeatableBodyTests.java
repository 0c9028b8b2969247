package tech.a55.spring.boot.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.http.HttpMethod;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ExchangeStrategies;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RepeatableBody}.
 */
class RepeatableBodyTests {

	private static final URI URL = URI.create("https://api.example.com/v1/x?y=z");

	private static final BodyInserter.Context CONTEXT = new BodyInserter.Context() {

		@Override
		public List<HttpMessageWriter<?>> messageWriters() {
			return ExchangeStrategies.withDefaults().messageWriters();
		}

		@Override
		public Optional<ServerHttpRequest> serverRequest() {
			return Optional.empty();
		}

		@Override
		public Map<String, Object> hints() {
			return Map.of();
		}

	};

	@Test
	void insertsTheSameBytesForAConnectorThatLostItsConnection() {
		RepeatableBody body = new RepeatableBody(BodyInserters.fromValue("payment"));
		for (int i = 0; i < 3; i++) {
			MockClientHttpRequest request = new MockClientHttpRequest(HttpMethod.POST, URL);
			insert(body, request);
			assertThat(request.getBodyAsString().block()).isEqualTo("payment");
			assertThat(request.getHeaders().getContentLength()).isEqualTo(7);
		}
	}

	@Test
	void notesABodyBeforeTheConnectorHasAConnection() {
		RepeatableBody body = new RepeatableBody(BodyInserters.fromValue("payment"));
		MockClientHttpRequest request = new MockClientHttpRequest(HttpMethod.POST, URL);
		request.setWriteHandler((buffers) -> Mono.error(new ConnectException("Connection refused")));
		body.insert(request, CONTEXT).onErrorComplete().subscribe();
		assertThat(body.isRepeatable()).isTrue();
	}

	@Test
	void subscribesToNoBodyAgainThatIsStillToCome() {
		AtomicInteger subscriptions = new AtomicInteger();
		Sinks.One<String> payment = Sinks.one();
		RepeatableBody body = new RepeatableBody(BodyInserters.fromProducer(
				payment.asMono().doOnSubscribe((subscription) -> subscriptions.incrementAndGet()), String.class));
		insert(body, new MockClientHttpRequest(HttpMethod.POST, URL));
		assertThat(body.isRepeatable()).isFalse();
		assertCannotBeSentAgain(body);
		payment.tryEmitValue("payment");
		assertThat(subscriptions).hasValue(1);
	}

	@Test
	void insertsNoEmptyBodyInPlaceOfAStreamThatCannotBeSentAgain() {
		RepeatableBody body = new RepeatableBody(BodyInserters.fromPublisher(Flux.just("a", "b"), String.class));
		insert(body, new MockClientHttpRequest(HttpMethod.POST, URL));
		assertCannotBeSentAgain(body);
	}

	private static void insert(RepeatableBody body, MockClientHttpRequest request) {
		body.insert(request, CONTEXT).subscribe();
	}

	private static void assertCannotBeSentAgain(RepeatableBody body) {
		AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
		body.insert(new MockClientHttpRequest(HttpMethod.POST, URL), CONTEXT).subscribe(null, error::set);
		assertThat(error.get()).isInstanceOf(IOException.class).hasMessageContaining("cannot be retried");
	}

}
