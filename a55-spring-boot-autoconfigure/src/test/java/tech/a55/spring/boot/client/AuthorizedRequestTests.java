package tech.a55.spring.boot.client;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ExchangeStrategies;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AuthorizedRequest}, in virtual time.
 */
class AuthorizedRequestTests extends AbstractExchangeTests {

	private int written;

	@Test
	void sendsAStreamThatIsFlushedWithTheToken() {
		call(request("POST").header(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_NDJSON_VALUE)
			.body(Flux.just(Map.of("amount", 1), Map.of("amount", 2)), Map.class)
			.build());
		assertThat(this.sent).hasSize(1);
		assertThat(this.sent.get(0).getHeaders().getFirst(HttpHeaders.AUTHORIZATION)).isEqualTo("Bearer token-1");
		assertThat(this.sent.get(0).getBodyAsString().block()).contains("1", "2");
	}

	@Test
	void passesTheRequestOnAsItIsButForTheToken() {
		ClientRequest request = request("GET").header("X-Test", "header")
			.cookie("name", "value")
			.attribute("key", "attribute")
			.httpRequest((outgoing) -> outgoing.getHeaders().add("X-Native", "native"))
			.build();
		AtomicReference<@Nullable ClientRequest> passed = new AtomicReference<>();
		new BearerTokenExchangeFilterFunction(this.simulation.cache, Origin.of(URI.create("https://api.example.com/")),
				new RetryPolicy(1, Duration.ofSeconds(1), false), this.statistics)
			.filter(request, (next) -> {
				passed.set(next);
				return answer(next);
			})
			.subscribe();
		this.simulation.settle();
		assertThat(passed.get()).isNotNull().satisfies((next) -> {
			assertThat(next.headers()).isEqualTo(request.headers());
			assertThat(next.cookies()).isEqualTo(request.cookies());
			assertThat(next.attributes()).isEqualTo(request.attributes());
			assertThat(next.logPrefix()).isEqualTo(request.logPrefix());
		});
		MockClientHttpRequest outgoing = this.sent.get(0);
		assertThat(outgoing.getHeaders().getFirst("X-Test")).isEqualTo("header");
		assertThat(outgoing.getHeaders().getFirst("X-Native")).isEqualTo("native");
		assertThat(outgoing.getHeaders().getFirst(HttpHeaders.AUTHORIZATION)).isEqualTo("Bearer token-1");
		assertThat(outgoing.getCookies().getFirst("name")).hasToString("name=value");
	}

	@Test
	void writesTheTokenThatIsCurrentWhenTheHeadersAreWritten() {
		Sinks.One<String> body = Sinks.one();
		AuthorizedRequest request = authorize(
				request("POST").body(BodyInserters.fromPublisher(body.asMono(), String.class)).build());
		MockClientHttpRequest outgoing = write(request);
		assertThat(outgoing.isCommitted()).isFalse();
		assertThat(outgoing.getHeaders().containsHeader(HttpHeaders.AUTHORIZATION)).isFalse();
		renew();
		body.tryEmitValue("payment");
		assertThat(outgoing.getHeaders().get(HttpHeaders.AUTHORIZATION)).containsExactly("Bearer token-2");
		assertThat(outgoing.getBodyAsString().block()).isEqualTo("payment");
		assertThat(request.token().authorization()).isEqualTo("Bearer token-2");
	}

	@Test
	void waitsForTheNextTokenIfTheOneAtHandHasExpired() {
		AuthorizedRequest request = authorize(request("GET").build());
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1))
			.delaySubscription(Duration.ofMillis(100));
		this.simulation.advance(Duration.ofHours(1));
		MockClientHttpRequest outgoing = write(request);
		this.simulation.advance(Duration.ofMillis(99));
		assertThat(this.written).isZero();
		this.simulation.advance(Duration.ofMillis(1));
		assertThat(this.written).isEqualTo(1);
		assertThat(outgoing.getHeaders().get(HttpHeaders.AUTHORIZATION)).containsExactly("Bearer token-2");
		assertThat(request.token().authorization()).isEqualTo("Bearer token-2");
	}

	@Test
	void writesNothingIfThereIsNoNextToken() {
		AuthorizedRequest request = authorize(request("POST").body(BodyInserters.fromValue("payment")).build());
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(400, "invalid_client"));
		this.simulation.advance(Duration.ofHours(1));
		MockClientHttpRequest outgoing = write(request);
		this.simulation.settle();
		assertThat(this.error).isInstanceOf(ClientAuthorizationException.class).hasMessageContaining("status 400");
		assertThat(this.written).isZero();
		assertThat(outgoing.getHeaders().containsHeader(HttpHeaders.AUTHORIZATION)).isFalse();
	}

	@Test
	void checksTheOriginOfWhatIsReallyCalledBeforeAnythingElse() {
		AuthorizedRequest request = authorize(request("GET").build());
		this.simulation.advance(Duration.ofHours(1));
		MockClientHttpRequest outgoing = write(request, URI.create("https://other.example.com/v1/x"));
		this.simulation.settle();
		assertThat(this.error).isInstanceOf(ClientAuthorizationException.class)
			.hasMessage("The A55 client sends requests to https://api.example.com:443 only (a55.base-url), "
					+ "not to https://other.example.com:443");
		assertThat(this.written).isZero();
		assertThat(outgoing.getHeaders().containsHeader(HttpHeaders.AUTHORIZATION)).isFalse();
		assertThat(this.simulation.fetches).hasValue(1);
	}

	@Test
	void aRefusalEvictsTheTokenThatWasWrittenAndNotTheOneAtTheStart() {
		this.simulation.call();
		ClientRequest request = request("GET").build();
		this.api = (count) -> Mono.just(response((count == 1) ? 401 : 200));
		exchange(request, (authorized) -> {
			if (this.sent.isEmpty()) {
				renew();
			}
			return answer(authorized);
		}).subscribe((response) -> this.response = response);
		this.simulation.settle();
		assertThat(status()).isEqualTo(200);
		assertThat(tokens()).containsExactly("Bearer token-2", "Bearer token-3");
		assertThat(this.simulation.evictions()).isEqualTo(1);
	}

	/**
	 * Return a request that was made while "token-1" was at hand.
	 */
	private AuthorizedRequest authorize(ClientRequest request) {
		return new AuthorizedRequest(request, new RepeatableBody(request.body()), this.simulation.cache,
				Origin.of(URI.create("https://api.example.com/")), Context.empty(), this.simulation.call());
	}

	private void renew() {
		this.simulation.advance(Duration.ofMinutes(46));
		this.simulation.call();
	}

	private MockClientHttpRequest write(AuthorizedRequest request) {
		return write(request, URL);
	}

	private MockClientHttpRequest write(AuthorizedRequest request, URI url) {
		MockClientHttpRequest outgoing = new MockClientHttpRequest(request.method(), url);
		request.writeTo(outgoing, ExchangeStrategies.withDefaults())
			.subscribe(null, (ex) -> this.error = ex, () -> this.written++);
		return outgoing;
	}

}
