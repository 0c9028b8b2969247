package tech.a55.spring.boot.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathValidatorException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

import org.apache.hc.client5.http.ConnectTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpMethod;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RetryPolicy}, in virtual time.
 */
class RetryPolicyTests extends AbstractExchangeTests {

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
	@CsvSource({ "502, POST, ", "503, POST, ", "504, POST, ", "503, PATCH, ", "502, POST, 1", "503, POST, 1",
			"504, POST, 1", "503, PATCH, 1", "503, POST, 0" })
	void neverSendsAPaymentTwiceAfterAnOutage(int status, String method, @Nullable String retryAfter) {
		this.api = (count) -> Mono
			.just((retryAfter != null) ? response(status, "Retry-After", retryAfter) : response(status));
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
		return Stream.of(new UnknownHostException("api.example.com"), new NoRouteToHostException("No route to host"),
				new ConnectException("Connection refused"), new IOException("Connection reset by peer"),
				new EOFException(), new SSLHandshakeException("Remote host terminated the handshake"), connectTimeout,
				new SocketTimeoutException("Connect Timeout"), unresolved(new UnresolvedAddressException()),
				unresolved(new IllegalStateException("NXDOMAIN")),
				new ConnectTimeoutException("Connect to localhost failed: 5 SECONDS"));
	}

	/**
	 * The name of the failure differs between libraries, and so does its cause.
	 */
	private static IOException unresolved(RuntimeException cause) {
		IOException unresolved = (cause instanceof UnresolvedAddressException) ? new ConnectException()
				: new UnknownHostException("Failed to resolve 'a55.invalid'");
		unresolved.initCause(cause);
		return unresolved;
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
	void waitsAsLongAsTheAnswerAsksUpToTheLongestWaitItself() {
		this.api = (count) -> Mono.just(response((count == 1) ? 429 : 200, "Retry-After", "10"));
		call(request("GET").build());
		assertThat(status()).isEqualTo(200);
		assertThat(waits()).containsExactly(this.maxWait);
	}

	@Test
	void waitsUntilTheDateThatTheAnswerNames() {
		this.simulation.advance(Duration.ofSeconds(2));
		this.api = (count) -> Mono
			.just(response((count == 1) ? 429 : 200, "Retry-After", "Thu, 01 Jan 1970 00:00:10 GMT"));
		call(request("GET").build());
		assertThat(waits().get(0)).isBetween(Duration.ofSeconds(8), Duration.ofMillis(8750));
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

}
