package tech.a55.spring.boot.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
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

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
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
	void insertsNoEmptyBodyInPlaceOfAStreamThatIsTooLarge() {
		RepeatableBody body = new RepeatableBody(
				BodyInserters.fromPublisher(Flux.just("a", "b".repeat(256 * 1024)), String.class));
		insert(body, new MockClientHttpRequest(HttpMethod.POST, URL));
		assertCannotBeSentAgain(body);
	}

	@Test
	void aStreamThatHasNotEndedCannotBeRepeated() {
		Sinks.Many<String> parts = Sinks.many().unicast().onBackpressureBuffer();
		RepeatableBody body = new RepeatableBody(BodyInserters.fromPublisher(parts.asFlux(), String.class));
		MockClientHttpRequest first = new MockClientHttpRequest(HttpMethod.POST, URL);
		insert(body, first);
		parts.tryEmitNext("a");
		parts.tryEmitNext("b");
		assertThat(body.isRepeatable()).isFalse();
		assertCannotBeSentAgain(body);
		parts.tryEmitComplete();
		assertThat(body.isRepeatable()).isTrue();
		MockClientHttpRequest second = new MockClientHttpRequest(HttpMethod.POST, URL);
		insert(body, second);
		assertThat(second.getBodyAsString().block()).isEqualTo("ab").isEqualTo(first.getBodyAsString().block());
	}

	@Test
	void aStreamThatFailedCannotBeRepeated() {
		RepeatableBody body = new RepeatableBody(BodyInserters
			.fromPublisher(Flux.concat(Flux.just("a"), Flux.error(new IOException("no more"))), String.class));
		body.insert(new MockClientHttpRequest(HttpMethod.POST, URL), CONTEXT).onErrorComplete().subscribe();
		assertThat(body.isRepeatable()).isFalse();
	}

	@Test
	void aPartThatIsStillToComeKeepsAFlushedStreamFromBeingRepeated() {
		Sinks.One<DataBuffer> last = Sinks.one();
		RepeatableBody body = new RepeatableBody(
				(request, context) -> request.writeAndFlushWith(Flux.just(Mono.just(buffer("a")), last.asMono())));
		MockClientHttpRequest request = new MockClientHttpRequest(HttpMethod.POST, URL);
		insert(body, request);
		assertThat(body.isRepeatable()).isFalse();
		last.tryEmitValue(buffer("b"));
		assertThat(body.isRepeatable()).isTrue();
	}

	@Test
	void letsGoOfTheBytesWhenNoRetryFollows() {
		RepeatableBody body = new RepeatableBody(BodyInserters.fromValue("payment"));
		insert(body, new MockClientHttpRequest(HttpMethod.POST, URL));
		body.release();
		assertThat(body.isRepeatable()).isFalse();
		assertThat(body).hasAllNullFieldsOrPropertiesExcept("body", "inserted");
		assertCannotBeSentAgain(body);
	}

	private static DataBuffer buffer(String text) {
		return DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8));
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
