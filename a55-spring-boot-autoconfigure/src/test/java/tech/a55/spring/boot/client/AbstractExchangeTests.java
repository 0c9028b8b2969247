package tech.a55.spring.boot.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Base of the tests of one call, in virtual time: the API, and what it received.
 */
abstract class AbstractExchangeTests {

	static final URI URL = URI.create("https://api.example.com/v1/x?y=z");

	final TokenSimulation simulation = new TokenSimulation();

	final ExchangeStatistics statistics = new ExchangeStatistics();

	final List<MockClientHttpRequest> sent = new ArrayList<>();

	final List<Instant> sentAt = new ArrayList<>();

	final AtomicInteger unreleased = new AtomicInteger();

	/**
	 * What the API does with its n-th request, counted from 1.
	 */
	IntFunction<Mono<ClientResponse>> api = (count) -> Mono.just(response(200));

	int maxAttempts = 3;

	Duration maxWait = Duration.ofSeconds(10);

	boolean followsRedirects;

	@Nullable ClientResponse response;

	@Nullable Throwable error;

	@AfterEach
	void close() {
		this.simulation.close();
	}

	/**
	 * Return a body that is not kept for a retry.
	 */
	static Flux<String> largeBody() {
		return Flux.just("a", "b".repeat(256 * 1024));
	}

	void call(ClientRequest request) {
		call(request, Duration.ofMinutes(2));
	}

	void call(ClientRequest request, Duration time) {
		subscribe(request);
		this.simulation.settle();
		this.simulation.advance(time);
	}

	Disposable subscribe(ClientRequest request) {
		return exchange(request).subscribe((response) -> this.response = response, (ex) -> this.error = ex);
	}

	Mono<ClientResponse> exchange(ClientRequest request) {
		return exchange(request, this::answer);
	}

	Mono<ClientResponse> exchange(ClientRequest request, ExchangeFunction next) {
		return new BearerTokenExchangeFilterFunction(this.simulation.cache,
				Origin.of(URI.create("https://api.example.com/v1/")),
				new RetryPolicy(this.maxAttempts, this.maxWait, this.followsRedirects, this::now), this.statistics)
			.filter(request, next);
	}

	Mono<ClientResponse> answer(ClientRequest request) {
		MockClientHttpRequest outgoing = new MockClientHttpRequest(request.method(), request.url());
		return Mono.defer(() -> {
			this.sent.add(outgoing);
			this.sentAt.add(now());
			return request.writeTo(outgoing, ExchangeStrategies.withDefaults());
		}).then(Mono.defer(() -> this.api.apply(this.sent.size())));
	}

	Instant now() {
		return Instant.ofEpochMilli(this.simulation.scheduler.now(TimeUnit.MILLISECONDS));
	}

	static ClientRequest.Builder request(String method) {
		return ClientRequest.create(HttpMethod.valueOf(method), URL).body(BodyInserters.empty());
	}

	ClientResponse response(int status, String... headers) {
		this.unreleased.incrementAndGet();
		ClientResponse.Builder response = ClientResponse.create(HttpStatusCode.valueOf(status));
		for (int i = 0; i < headers.length; i += 2) {
			response.header(headers[i], headers[i + 1]);
		}
		return response.body(body("answer " + this.sent.size())).build();
	}

	Flux<DataBuffer> body(String text) {
		return Flux
			.<DataBuffer>just(DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8)))
			.doFinally((signal) -> this.unreleased.decrementAndGet());
	}

	static WebClientRequestException requestException(Exception cause) {
		return new WebClientRequestException(cause, HttpMethod.GET, URL, new HttpHeaders());
	}

	ClientResponse response() {
		assertThat(this.error).isNull();
		assertThat(this.response).isNotNull();
		return this.response;
	}

	int status() {
		return response().statusCode().value();
	}

	List<@Nullable String> tokens() {
		List<@Nullable String> tokens = new ArrayList<>();
		this.sent.forEach((request) -> tokens.add(request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION)));
		return tokens;
	}

	List<Duration> waits() {
		List<Duration> waits = new ArrayList<>();
		for (int i = 1; i < this.sentAt.size(); i++) {
			waits.add(Duration.between(this.sentAt.get(i - 1), this.sentAt.get(i)));
		}
		return waits;
	}

}
