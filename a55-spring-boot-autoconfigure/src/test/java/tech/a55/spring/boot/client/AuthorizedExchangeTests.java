package tech.a55.spring.boot.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertPathValidatorException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
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

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AuthorizedExchange} and its {@link RetryPolicy}, in virtual time.
 */
class AuthorizedExchangeTests {

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

	private final TokenSimulation simulation = new TokenSimulation();

	private final ExchangeStatistics statistics = new ExchangeStatistics();

	private final List<MockClientHttpRequest> sent = new ArrayList<>();

	private final List<Instant> sentAt = new ArrayList<>();

	private final AtomicInteger unreleased = new AtomicInteger();

	/**
	 * What the API does with its n-th request, counted from 1.
	 */
	private IntFunction<Mono<ClientResponse>> api = (count) -> Mono.just(response(200));

	private int maxAttempts = 3;

	private Duration maxWait = Duration.ofSeconds(10);

	private boolean followsRedirects;

	private @Nullable ClientResponse response;

	private @Nullable Throwable error;

	@AfterEach
	void close() {
		this.simulation.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH" })
	void sendsAnyMethodAgainAfterARateLimit(String method) {
		this.api = (count) -> Mono.just(response((count < 3) ? 429 : 200));
		call(request(method).build());
		assertThat(status()).isEqualTo(200);
		assertThat(this.sent).hasSize(3);
	}

	@ParameterizedTest
	@CsvSource({ "502, GET", "503, GET", "504, GET", "503, HEAD", "503, OPTIONS", "503, PUT", "503, DELETE" })
	void sendsIdempotentMethodsAgainAfterAnOutage(int status, String method) {
		this.api = (count) -> Mono.just(response((count == 1) ? status : 200));
		call(request(method).build());
		assertThat(status()).isEqualTo(200);
		assertThat(this.sent).hasSize(2);
	}

	@ParameterizedTest
	@CsvSource({ "502, POST", "503, POST", "504, POST", "503, PATCH" })
	void neverSendsAPaymentTwiceAfterAnOutage(int status, String method) {
		this.api = (count) -> Mono.just(response(status));
		call(request(method).build());
		assertThat(status()).isEqualTo(status);
		assertThat(this.sent).hasSize(1);
	}

	@ParameterizedTest
	@MethodSource("connectionFailures")
	void neverSendsAPaymentTwiceAfterALostConnection(IOException failure) {
		this.api = (count) -> Mono.error(requestException(failure));
		for (String method : List.of("POST", "PATCH")) {
			call(request(method).build());
			assertThat(this.error).hasCause(failure);
		}
		assertThat(this.sent).extracting(MockClientHttpRequest::getMethod)
			.containsExactly(HttpMethod.POST, HttpMethod.PATCH);
	}

	@ParameterizedTest
	@CsvSource({ "401, 502, POST", "401, 503, POST", "401, 504, POST", "429, 502, POST", "429, 503, POST",
			"429, 504, POST", "401, 502, PATCH", "401, 503, PATCH", "401, 504, PATCH", "429, 502, PATCH",
			"429, 503, PATCH", "429, 504, PATCH" })
	void neverSendsAPaymentAgainAfterAnOutageThoughAnEarlierAnswerLetItBeSentAgain(int first, int second,
			String method) {
		this.api = (count) -> Mono.just(response((count == 1) ? first : second));
		call(request(method).build());
		assertThat(this.sent).hasSize(2);
		assertThat(status()).isEqualTo(second);
		assertThat(response().bodyToMono(String.class).block()).isEqualTo("answer 2");
	}

	@ParameterizedTest
	@CsvSource({ "401, POST", "429, POST", "401, PATCH", "429, PATCH" })
	void neverSendsAPaymentAgainAfterALostConnectionThoughAnEarlierAnswerLetItBeSentAgain(int first, String method) {
		WebClientRequestException lost = requestException(new IOException("Connection reset by peer"));
		this.api = (count) -> (count == 1) ? Mono.just(response(first)) : Mono.error(lost);
		call(request(method).build());
		assertThat(this.sent).hasSize(2);
		assertThat(this.error).isSameAs(lost);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " " })
	void aBlankIdempotencyKeyIsNone(String key) {
		this.api = (count) -> Mono.just(response(503));
		call(request("POST").header("Idempotency-Key", key).build());
		assertThat(this.sent).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "POST", "PATCH" })
	void sendsAPaymentWithAnIdempotencyKeyAgainWithTheSameKeyAndBytes(String method) {
		this.api = (count) -> switch (count) {
			case 1 -> Mono.just(response(503));
			case 2 -> Mono.error(requestException(new EOFException()));
			default -> Mono.just(response(200));
		};
		AtomicInteger subscriptions = new AtomicInteger();
		call(request(method).header("Idempotency-Key", "9b2f")
			.body(Mono.fromSupplier(() -> "payment " + subscriptions.incrementAndGet()), String.class)
			.build());
		assertThat(status()).isEqualTo(200);
		assertThat(this.sent).hasSize(3)
			.allSatisfy((request) -> assertThat(request.getHeaders().get("Idempotency-Key")).containsExactly("9b2f"))
			.allSatisfy((request) -> assertThat(request.getBodyAsString().block()).isEqualTo("payment 1"));
		assertThat(subscriptions).hasValue(1);
	}

	@ParameterizedTest
	@MethodSource("connectionFailures")
	void sendsAReadAgainAfterALostConnection(IOException failure) {
		this.api = (count) -> (count == 1) ? Mono.error(requestException(failure)) : Mono.just(response(200));
		call(request("GET").build());
		assertThat(status()).isEqualTo(200);
		assertThat(this.sent).hasSize(2);
	}

	static Stream<IOException> connectionFailures() {
		HttpConnectTimeoutException connectTimeout = new HttpConnectTimeoutException("HTTP connect timed out");
		connectTimeout.initCause(new ConnectException("HTTP connect timed out"));
		return Stream.of(new ConnectException("Connection refused"), new IOException("Connection reset by peer"),
				new EOFException(), new SSLHandshakeException("Remote host terminated the handshake"), connectTimeout,
				new SocketTimeoutException("Connect Timeout"),
				new ConnectTimeoutException("Connect to localhost failed: 5 SECONDS"));
	}

	@ParameterizedTest
	@MethodSource("otherFailures")
	void leavesOtherFailuresToTheCaller(Exception failure) {
		this.api = (count) -> Mono.error(requestException(failure));
		call(request("GET").build());
		assertThat(this.error).hasCause(failure);
		assertThat(this.sent).hasSize(1);
	}

	static Stream<Exception> otherFailures() {
		return Stream.of(new SocketTimeoutException("Read timed out"), new SocketTimeoutException(),
				new InterruptedIOException("connection"), new HttpTimeoutException("request timed out"),
				new SSLException("unknown certificate", new CertPathValidatorException()),
				new SSLPeerUnverifiedException("other host"), new IllegalStateException());
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 403, 404, 409, 422, 500, 501 })
	void leavesOtherAnswersToTheCaller(int status) {
		this.api = (count) -> Mono.just(response(status));
		call(request("GET").build());
		assertThat(status()).isEqualTo(status);
		assertThat(this.sent).hasSize(1);
	}

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
	void waitsExponentiallyLongerWithJitter() {
		this.maxAttempts = 7;
		this.api = (count) -> Mono.just(response(429));
		call(request("GET").build());
		List<Duration> waits = waits();
		assertThat(waits).hasSize(6);
		assertThat(waits.get(0)).isBetween(Duration.ofMillis(500), Duration.ofMillis(750));
		assertThat(waits.get(1)).isBetween(Duration.ofMillis(500), Duration.ofMillis(1500));
		assertThat(waits.get(3)).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(6));
		assertThat(waits.get(5)).isBetween(Duration.ofSeconds(5), this.maxWait);
		assertThat(waits.stream().distinct()).hasSizeGreaterThan(3);
	}

	@Test
	void callersWhoWereTurnedAwayTogetherDoNotComeBackTogether() {
		this.api = (count) -> Mono.just(response((count % 2 == 1) ? 429 : 200));
		for (int i = 0; i < 10; i++) {
			call(request("GET").build());
		}
		assertThat(IntStream.range(0, 10).mapToObj((i) -> waits().get(2 * i)).distinct()).hasSizeGreaterThan(5);
	}

	@Test
	void waitsAsLongAsTheAnswerAsksAndSpreadsThoseWhoWereToldTheSame() {
		this.api = (count) -> Mono.just(response((count == 1) ? 429 : 200, "Retry-After", "4"));
		call(request("POST").build());
		assertThat(waits().get(0)).isBetween(Duration.ofSeconds(4), Duration.ofMillis(4750));
	}

	@Test
	void waitsUntilTheDateThatTheAnswerNames() {
		String date = DateTimeFormatter.RFC_1123_DATE_TIME
			.format(Instant.now().plusSeconds(8).atOffset(ZoneOffset.UTC));
		this.api = (count) -> Mono.just(response((count == 1) ? 429 : 200, "Retry-After", date));
		call(request("GET").build());
		assertThat(waits().get(0)).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(9));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			429 | 11
			429 | 315360000
			429 | 99999999999999999999
			429 | Fri, 31 Dec 9999 23:59:59 GMT
			503 | 11
			503 | 315360000
			503 | 99999999999999999999
			503 | Fri, 31 Dec 9999 23:59:59 GMT
			""")
	void handsTheAnswerOverAtOnceWhenItAsksForALongerWaitThanIsWaited(int status, String retryAfter) {
		this.api = (count) -> Mono.just(response(status, "Retry-After", retryAfter));
		call(request("GET").build(), Duration.ZERO);
		assertThat(status()).isEqualTo(status);
		assertThat(this.sent).hasSize(1);
		assertThat(response().bodyToMono(String.class).block()).isEqualTo("answer 1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "-1", "soon", "Thu, 01 Jan 1970 00:00:00 GMT" })
	void backsOffWhenTheWaitLiesInThePastOrCannotBeRead(String retryAfter) {
		this.api = (count) -> Mono.just(response((count == 1) ? 429 : 200, "Retry-After", retryAfter));
		call(request("GET").build());
		assertThat(status()).isEqualTo(200);
		assertThat(waits().get(0)).isBetween(Duration.ofMillis(500), Duration.ofMillis(750));
	}

	@Test
	void neverWaitsLongerThanTheLongestWait() {
		this.maxWait = Duration.ofMillis(100);
		this.maxAttempts = 5;
		this.api = (count) -> Mono.just(response(429));
		call(request("GET").build());
		assertThat(waits()).hasSize(4).allMatch((wait) -> wait.compareTo(this.maxWait) <= 0);
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
	void sendsNoStreamAgain() {
		this.api = (count) -> Mono.just(response(429));
		call(request("POST").body(Flux.just("a", "b"), String.class).build());
		assertThat(status()).isEqualTo(429);
		assertThat(this.sent).hasSize(1);
	}

	@Test
	void sendsAStreamThatIsFlushedWithTheTokenAndOnlyOnce() {
		this.api = (count) -> Mono.just(response(429));
		call(request("POST").header(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_NDJSON_VALUE)
			.body(Flux.just(Map.of("amount", 1), Map.of("amount", 2)), Map.class)
			.build());
		assertThat(status()).isEqualTo(429);
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
		RepeatableBody body = new RepeatableBody(BodyInserters.fromProducer(Mono.just("payment")
			.delayElement(Duration.ofSeconds(1))
			.doOnSubscribe((subscription) -> subscriptions.incrementAndGet()), String.class));
		insert(body, new MockClientHttpRequest(HttpMethod.POST, URL));
		assertThat(body.isRepeatable()).isFalse();
		assertCannotBeSentAgain(body);
		this.simulation.advance(Duration.ofSeconds(1));
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

	@Test
	void handsOverTheRedirectOfABodyThatCannotBeSentAgain() {
		this.followsRedirects = true;
		this.api = (count) -> Mono.just(response(307, "Location", "/v2/x"));
		call(request("GET").body(Flux.just("a", "b"), String.class).build());
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
		assertThat(this.sent).extracting((request) -> request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION))
			.containsExactly("Bearer token-1", "Bearer token-2");
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
		new ExchangeMetrics(this.statistics).bindTo(registry);
		assertThat(registry.get("a55.client.retries").functionCounter().count()).isEqualTo(2);
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
			call(request("GET").build());
		}
		finally {
			logger.setLevel(level);
			logger.detachAppender(appender);
		}
		assertThat(appender.list).hasSize(2)
			.allSatisfy((event) -> assertThat(event.getLevel()).isEqualTo(Level.DEBUG))
			.extracting(ILoggingEvent::getFormattedMessage)
			.allSatisfy((message) -> assertThat(message).startsWith("GET /v1/x: status 429; attempt ")
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

	private void call(ClientRequest request) {
		call(request, Duration.ofMinutes(2));
	}

	private void call(ClientRequest request, Duration time) {
		subscribe(request);
		this.simulation.settle();
		this.simulation.advance(time);
	}

	private Disposable subscribe(ClientRequest request) {
		return exchange(request).subscribe((response) -> this.response = response, (ex) -> this.error = ex);
	}

	private Mono<ClientResponse> exchange(ClientRequest request) {
		return new BearerTokenExchangeFilterFunction(this.simulation.cache,
				Origin.of(URI.create("https://api.example.com/")),
				new RetryPolicy(this.maxAttempts, this.maxWait, this.followsRedirects), this.statistics)
			.filter(request, this::answer);
	}

	private Mono<ClientResponse> answer(ClientRequest request) {
		MockClientHttpRequest outgoing = new MockClientHttpRequest(request.method(), request.url());
		return Mono.defer(() -> {
			this.sent.add(outgoing);
			this.sentAt.add(Instant.ofEpochMilli(this.simulation.scheduler.now(TimeUnit.MILLISECONDS)));
			return request.writeTo(outgoing, ExchangeStrategies.withDefaults());
		}).then(Mono.defer(() -> this.api.apply(this.sent.size())));
	}

	private static ClientRequest.Builder request(String method) {
		return ClientRequest.create(HttpMethod.valueOf(method), URL).body(BodyInserters.empty());
	}

	private ClientResponse response(int status, String... headers) {
		this.unreleased.incrementAndGet();
		ClientResponse.Builder response = ClientResponse.create(HttpStatusCode.valueOf(status));
		for (int i = 0; i < headers.length; i += 2) {
			response.header(headers[i], headers[i + 1]);
		}
		return response.body(body("answer " + this.sent.size())).build();
	}

	private Flux<DataBuffer> body(String text) {
		return Flux
			.<DataBuffer>just(DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8)))
			.doFinally((signal) -> this.unreleased.decrementAndGet());
	}

	private static WebClientRequestException requestException(Exception cause) {
		return new WebClientRequestException(cause, HttpMethod.GET, URL, new HttpHeaders());
	}

	private ClientResponse response() {
		assertThat(this.error).isNull();
		assertThat(this.response).isNotNull();
		return this.response;
	}

	private int status() {
		return response().statusCode().value();
	}

	private List<Duration> waits() {
		List<Duration> waits = new ArrayList<>();
		for (int i = 1; i < this.sentAt.size(); i++) {
			waits.add(Duration.between(this.sentAt.get(i - 1), this.sentAt.get(i)));
		}
		return waits;
	}

}
