package tech.a55.spring.boot.client;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.web.reactive.function.client.ClientRequest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AuthorizedRequest}, in virtual time.
 */
class AuthorizedRequestTests extends AbstractExchangeTests {

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

}
