package tech.a55.spring.boot.client;

import java.net.ConnectException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.MultipartBodyBuilder;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AuthorizedExchange}, in virtual time.
 */
class AuthorizedExchangeTests extends AbstractExchangeTests {

	@Test
	void handsTheLastAnswerOverAsItIsWhenTheAttemptsAreUsedUp() {
		this.api = (count) -> Mono.just(response(503, "Retry-After", "1"));
		call(request("GET").build());
		assertThat(this.sent).hasSize(3);
		assertThat(status()).isEqualTo(503);
		assertThat(this.unreleased).hasValue(1);
		assertThat(response().bodyToMono(String.class).block()).isEqualTo("answer 3");
	}

	@Test
	void handsTheLastErrorOverAsItIsWhenTheAttemptsAreUsedUp() {
		List<WebClientRequestException> failures = new ArrayList<>();
		this.api = (count) -> {
			failures.add(requestException(new ConnectException("Connection refused")));
			return Mono.error(failures.get(count - 1));
		};
		call(request("GET").build());
		assertThat(failures).hasSize(3);
		assertThat(this.error).isSameAs(failures.get(2));
	}

	@Test
	void sendsNothingAgainWhenSwitchedOff() {
		this.maxAttempts = 1;
		this.api = (count) -> Mono.just(response(429));
		call(request("GET").build());
		assertThat(status()).isEqualTo(429);
		assertThat(this.sent).hasSize(1);
		assertThat(response().bodyToMono(String.class).block()).isEqualTo("answer 1");
	}

	@Test
	void freesTheConnectionBeforeItWaits() {
		this.api = (count) -> Mono.just(response(429));
		call(request("GET").build(), Duration.ZERO);
		assertThat(this.sent).hasSize(1);
		assertThat(this.unreleased).hasValue(0);
	}

	@Test
	void theCallersCancellationEndsEverything() {
		this.api = (count) -> Mono.just(response(429));
		Disposable call = subscribe(request("GET").build());
		this.simulation.settle();
		call.dispose();
		this.simulation.advance(Duration.ofMinutes(1));
		assertThat(this.sent).hasSize(1);
		assertThat(this.response).isNull();
	}

	@Test
	void aCallThatIsCancelledDoesNotEndTheFetchThatItStarted() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1))
			.delaySubscription(Duration.ofSeconds(1));
		subscribe(request("GET").build()).dispose();
		this.simulation.advance(Duration.ofSeconds(1));
		assertThat(this.sent).isEmpty();
		call(request("GET").build(), Duration.ZERO);
		assertThat(tokens()).containsExactly("Bearer token-1");
		assertThat(this.simulation.fetches).hasValue(1);
	}

	@Test
	void doesNotWaitForARenewalThatIsUnderWay() {
		this.simulation.call();
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1))
			.delaySubscription(Duration.ofSeconds(2));
		this.simulation.advance(Duration.ofMinutes(46));
		for (int i = 0; i < 3; i++) {
			call(request("GET").build(), Duration.ZERO);
		}
		assertThat(tokens()).hasSize(3).containsOnly("Bearer token-1");
		this.simulation.advance(Duration.ofSeconds(2));
		call(request("GET").build(), Duration.ZERO);
		assertThat(tokens()).last().isEqualTo("Bearer token-2");
		assertThat(this.simulation.fetches).hasValue(2);
	}

	static List<Mono<OAuth2AccessTokenResponse>> failedFetches() {
		return List.of(Mono.never(), Mono.empty(), Mono.error(new IllegalStateException("down")),
				Mono.error(TokenSimulation.answer(400, "invalid_client")),
				Mono.error(TokenSimulation.answer(401, "invalid_client")),
				Mono.error(TokenSimulation.answer(503, "unavailable")));
	}

	@ParameterizedTest
	@MethodSource("failedFetches")
	void sendsNothingWithoutAToken(Mono<OAuth2AccessTokenResponse> failedFetch) {
		this.simulation.endpoint = (count) -> failedFetch;
		call(request("GET").build());
		assertThat(this.error).isInstanceOf(ClientAuthorizationException.class)
			.hasMessageStartingWith("No access token for A55: POST https://auth.example.com/oauth2/token ");
		assertThat(this.sent).isEmpty();
	}

	@Test
	void sendsNoStreamAgain() {
		this.api = (count) -> Mono.just(response(429));
		call(request("POST").body(largeBody(), String.class).build());
		assertThat(status()).isEqualTo(429);
		assertThat(this.sent).hasSize(1);
	}

	@Test
	void handsOverTheRedirectOfABodyThatCannotBeSentAgain() {
		this.followsRedirects = true;
		this.api = (count) -> Mono.just(response(307, "Location", "/v2/x"));
		call(request("GET").body(largeBody(), String.class).build());
		assertThat(status()).isEqualTo(307);
		assertThat(this.sent).hasSize(1);
	}

	@Test
	void givesUpAnAnswerThatDoesNotEnd() {
		this.api = (count) -> Mono.just((count == 1) ? ClientResponse.create(HttpStatusCode.valueOf(503))
			.body(Flux.interval(Duration.ofMillis(300))
				.map((tick) -> DefaultDataBufferFactory.sharedInstance.wrap(new byte[1])))
			.build() : response(200));
		call(request("GET").build(), Duration.ofSeconds(3));
		assertThat(status()).isEqualTo(200);
	}

	@Test
	void endsWhateverErrorHandlingTheCallerHasInItsContext() {
		this.api = (count) -> Mono.error(requestException(new ConnectException("Connection refused")));
		Disposable call = exchange(request("GET").build()).onErrorContinue((ex, value) -> {
		}).subscribe((response) -> this.response = response, (ex) -> this.error = ex);
		this.simulation.settle();
		this.simulation.advance(Duration.ofMinutes(2));
		assertThat(this.sent).hasSize(3);
		assertThat(call.isDisposed()).isTrue();
	}

	@Test
	void eachAttemptCarriesTheTokenOfItsTime() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofSeconds(5));
		this.api = (count) -> Mono.just(response((count == 1) ? 429 : 200, "Retry-After", "6"));
		call(request("GET").build());
		assertThat(tokens()).containsExactly("Bearer token-1", "Bearer token-2");
	}

	@Test
	void aRefusedTokenIsReplacedOncePerCallWhateverElseHappens() {
		this.api = (count) -> Mono.just(response((count % 2 == 1) ? 401 : 429));
		call(request("GET").build());
		assertThat(this.sent).hasSize(3);
		assertThat(status()).isEqualTo(401);
	}

	@Test
	void aTokenThatCannotBeHadEndsTheRetries() {
		this.simulation.endpoint = (count) -> (count == 1) ? TokenSimulation.token("token-1", Duration.ofSeconds(5))
				: Mono.error(TokenSimulation.answer(400, "invalid_client"));
		this.api = (count) -> Mono.just(response(429, "Retry-After", "6"));
		call(request("GET").build());
		assertThat(this.error).isInstanceOf(ClientAuthorizationException.class);
		assertThat(this.sent).hasSize(1);
	}

	@Test
	void countsWhatItSendsAgain() {
		this.api = (count) -> Mono.just(response(503));
		call(request("GET").build());
		call(request("POST").build());
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		new ExchangeMetrics(this.statistics, "default").bindTo(registry);
		this.api = (count) -> Mono.just(response(429));
		call(request("POST").build());
		this.api = (count) -> Mono.error(requestException(new ConnectException("Connection refused")));
		call(request("PUT").build());
		this.maxAttempts = 2;
		call(request("GET").build());
		assertThat(retries(registry, "unavailable")).isEqualTo(2);
		assertThat(retries(registry, "rate-limited")).isEqualTo(2);
		assertThat(retries(registry, "connection")).isEqualTo(2 + 1);
	}

	private static double retries(MeterRegistry registry, String reason) {
		return registry.get("a55.client.retries").tag("reason", reason).functionCounter().count();
	}

	@Test
	void showsTheRateLimitThatTheApiLastNamed() {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		new ExchangeMetrics(this.statistics, "default").bindTo(registry);
		assertThat(registry.get("a55.client.rate.limit").gauge().value()).isNaN();
		this.api = (count) -> Mono.just(response(200, "X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "42"));
		call(request("GET").build());
		this.api = (count) -> Mono.just(response(404, "X-RateLimit-Limit", "many", "X-RateLimit-Remaining", "41"));
		call(request("GET").build());
		this.api = (count) -> Mono.just(response(200));
		call(request("GET").build());
		assertThat(registry.get("a55.client.rate.limit").gauge().value()).isEqualTo(100);
		assertThat(registry.get("a55.client.rate.remaining").gauge().value()).isEqualTo(41);
	}

	@ParameterizedTest
	@ValueSource(ints = { 401, 429 })
	void retriesABodyOfSeveralBuffersWithTheSameBytes(int status) {
		for (String type : List.of("text/plain", "application/x-ndjson")) {
			this.sent.clear();
			AtomicInteger subscriptions = new AtomicInteger();
			Flux<String> body = Flux.range(0, 20)
				.map((i) -> "%d-%s\n".formatted(i, "x".repeat(1000)))
				.doOnSubscribe((subscription) -> subscriptions.incrementAndGet());
			this.api = (count) -> Mono.just(response((count == 1) ? status : 200));
			call(request("POST").header(HttpHeaders.CONTENT_TYPE, type).body(body, String.class).build());
			assertThat(status()).isEqualTo(200);
			assertThat(this.sent).hasSize(2);
			assertThat(this.sent.get(1).getBodyAsString().block()).startsWith("0-x")
				.isEqualTo(this.sent.get(0).getBodyAsString().block());
			assertThat(this.sent.get(1).getHeaders().getContentType())
				.isEqualTo(this.sent.get(0).getHeaders().getContentType());
			assertThat(subscriptions).hasValue(1);
		}
	}

	@Test
	void retriesAFormOfSeveralPartsWithTheSameBytes() {
		this.api = (count) -> Mono.just(response((count == 1) ? 429 : 200));
		MultipartBodyBuilder form = new MultipartBodyBuilder();
		form.part("file", new ByteArrayResource("bytes of a file".getBytes(StandardCharsets.UTF_8)));
		form.part("name", "value");
		call(request("POST").body(BodyInserters.fromMultipartData(form.build())).build());
		assertThat(status()).isEqualTo(200);
		assertThat(this.sent.get(1).getBodyAsString().block()).contains("bytes of a file")
			.isEqualTo(this.sent.get(0).getBodyAsString().block());
		assertThat(this.sent.get(1).getHeaders().getContentType())
			.isEqualTo(this.sent.get(0).getHeaders().getContentType());
	}

	@Test
	void sendsTheTokenThoughTheInserterOfTheBodyWritesNothing() {
		call(request("POST").body((outgoing, context) -> Mono.empty()).build());
		assertThat(status()).isEqualTo(200);
		assertThat(this.sent.get(0).isCommitted()).isTrue();
		assertThat(this.sent.get(0).getHeaders().getFirst(HttpHeaders.AUTHORIZATION)).isEqualTo("Bearer token-1");
	}

	@Test
	void refusesAPathThatHasThatOfTheApiTwice() {
		exchange(ClientRequest.create(HttpMethod.GET, URI.create("https://api.example.com/v1/v1/x")).build())
			.subscribe((response) -> this.response = response, (ex) -> this.error = ex);
		assertThat(this.error).isInstanceOf(IllegalArgumentException.class)
			.hasMessageContaining("/v1/v1/x")
			.hasMessageContaining("a55.base-url");
		assertThat(this.sent).isEmpty();
	}

	@Test
	void tellsAtDebugWhatItSendsAgainButNotTheQuery() {
		Logger logger = (Logger) LoggerFactory.getLogger(AuthorizedExchange.class);
		ListAppender<ILoggingEvent> appender = new ListAppender<>();
		appender.start();
		logger.addAppender(appender);
		Level level = logger.getLevel();
		logger.setLevel(Level.DEBUG);
		try {
			this.api = (count) -> Mono.just(response((count < 3) ? 429 : 200, "Retry-After", "9"));
			call(request("GET").url(URI.create("https://api.example.com/v1/%0A%20x?y=z")).build());
		}
		finally {
			logger.setLevel(level);
			logger.detachAppender(appender);
		}
		assertThat(appender.list).hasSize(2)
			.allSatisfy((event) -> assertThat(event.getLevel()).isEqualTo(Level.DEBUG))
			.extracting(ILoggingEvent::getFormattedMessage)
			.allSatisfy((message) -> assertThat(message).startsWith("GET /v1/%0A%20x: status 429; attempt ")
				.doesNotContain("y=z"));
	}

	@ParameterizedTest
	@CsvSource({ "301, GET", "302, GET", "303, GET", "307, GET", "308, HEAD" })
	void followsARedirectOfAReadWithinTheOriginWhereItMay(int status, String method) {
		this.followsRedirects = true;
		this.api = (count) -> Mono.just((count == 1) ? response(status, "Location", "../v2/x/") : response(200));
		call(request(method).build());
		assertThat(status()).isEqualTo(200);
		assertThat(this.unreleased).hasValue(1);
		assertThat(this.sent).hasSize(2);
		assertThat(this.sent.get(1).getURI()).hasToString("https://api.example.com/v2/x/");
		assertThat(this.sent.get(1).getHeaders().getFirst(HttpHeaders.AUTHORIZATION)).isEqualTo("Bearer token-1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "https://other.example.com/x", "http://api.example.com/x", "//other.example.com/x",
			"https://api.example.com:8443/x", "https://user@api.example.com/x", "https://[/", "" })
	void handsOverARedirectToAnotherOriginOrToNowhere(String location) {
		this.followsRedirects = true;
		this.api = (count) -> Mono.just(response(302, "Location", location));
		call(request("GET").build());
		assertThat(status()).isEqualTo(302);
		assertThat(this.sent).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "POST", "PUT", "PATCH", "DELETE" })
	void handsOverTheRedirectOfAnythingButARead(String method) {
		this.followsRedirects = true;
		this.api = (count) -> Mono.just(response(307, "Location", "/v2/x"));
		call(request(method).build());
		assertThat(status()).isEqualTo(307);
		assertThat(this.sent).hasSize(1);
	}

	@Test
	void followsNoRedirectUnlessToldTo() {
		this.api = (count) -> Mono.just(response(302, "Location", "/v2/x"));
		call(request("GET").build());
		assertThat(status()).isEqualTo(302);
		assertThat(this.sent).hasSize(1);
	}

	@Test
	void handsOverAnAnswerThatIsNoRedirectAlthoughItsStatusIs3xx() {
		this.followsRedirects = true;
		this.api = (count) -> Mono.just(response(304, "Location", "/v2/x"));
		call(request("GET").build());
		assertThat(this.sent).hasSize(1);
	}

	@Test
	void endsALoopOfRedirects() {
		this.followsRedirects = true;
		this.api = (count) -> Mono.just(response(302, "Location", "/v1/x"));
		call(request("GET").build());
		assertThat(status()).isEqualTo(302);
		assertThat(this.sent).hasSize(6);
	}

}
