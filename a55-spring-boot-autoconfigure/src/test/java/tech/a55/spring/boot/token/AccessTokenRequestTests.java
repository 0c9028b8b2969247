package tech.a55.spring.boot.token;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link AccessTokenRequest}, in virtual time.
 */
class AccessTokenRequestTests {

	private final TokenSimulation simulation = new TokenSimulation();

	private final AccessTokenCache cache = this.simulation.cache;

	@AfterEach
	void close() {
		this.simulation.close();
	}

	@Test
	void anEndpointThatNeverAnswersFreesTheSlotAfterTheTimeout() {
		this.simulation.endpoint = (count) -> Mono.never();
		List<Throwable> failures = new ArrayList<>();
		this.cache.obtain().subscribe((token) -> {
		}, failures::add);
		this.simulation.advance(TokenSimulation.TIMEOUT.minusMillis(1));
		assertThat(failures).isEmpty();
		this.simulation.advance(Duration.ofMillis(1));
		assertThat(failures).hasSize(1);
		assertThat(failures.get(0)).isInstanceOf(ClientAuthorizationException.class)
			.hasCauseInstanceOf(TimeoutException.class)
			.hasMessageContaining("did not respond within 10000 ms (a55.token.timeout)");
		this.simulation.endpoint = (count) -> TokenSimulation.token("later", Duration.ofHours(1));
		this.simulation.advance(Duration.ofSeconds(2));
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("later");
	}

	static List<Supplier<Mono<OAuth2AccessTokenResponse>>> brokenAnswers() {
		return List.of(Mono::empty, () -> null, () -> Mono.error(new IllegalStateException("broken")),
				() -> Mono.error(new NoClassDefFoundError("broken")), () -> {
					throw new IllegalStateException("thrown");
				}, () -> {
					throw new NoClassDefFoundError("thrown");
				}, () -> Mono.error(new RejectedExecutionException("rejected")), () -> {
					throw new RejectedExecutionException("rejected");
				}, () -> Mono.error(TokenSimulation.answer(200, "invalid_token_response")));
	}

	@ParameterizedTest
	@MethodSource("brokenAnswers")
	@DisplayName("Row 7: broken answers")
	void noBrokenAnswerWedgesTheSlot(Supplier<Mono<OAuth2AccessTokenResponse>> broken) {
		this.simulation.endpoint = (count) -> broken.get();
		List<Throwable> failures = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			this.cache.obtain().subscribe((token) -> {
			}, failures::add);
		}
		this.simulation.settle();
		assertThat(failures).hasSize(10).hasOnlyElementsOfType(ClientAuthorizationException.class);
		this.simulation.endpoint = (count) -> TokenSimulation.token("later", Duration.ofHours(1));
		this.simulation.advance(Duration.ofSeconds(2));
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("later");
	}

	@Test
	void aLostConnectionIsFollowedByOneMoreAttempt() {
		this.simulation.endpoint = (count) -> (count == 1) ? lost(new SocketException("Connection reset"))
				: TokenSimulation.token("second", Duration.ofHours(1));
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("second");
		assertThat(this.simulation.fetches).hasValue(2);
		assertThat(this.cache.statistics().fetches()).isEqualTo(1);
	}

	@Test
	void aLostConnectionIsFollowedByNoThirdAttempt() {
		this.simulation.endpoint = (count) -> lost(new EOFException());
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call)
			.withMessageContaining("got no response");
		assertThat(this.simulation.fetches).hasValue(2);
	}

	@Test
	void bothAttemptsTogetherTakeNoLongerThanTheTimeout() {
		this.simulation.endpoint = (count) -> (count == 1)
				? Mono.delay(TokenSimulation.TIMEOUT.dividedBy(2)).then(lost(new EOFException())) : Mono.never();
		List<Throwable> failures = new ArrayList<>();
		this.cache.obtain().subscribe((token) -> {
		}, failures::add);
		this.simulation.advance(TokenSimulation.TIMEOUT.minusMillis(1));
		assertThat(this.simulation.fetches).hasValue(2);
		assertThat(failures).isEmpty();
		this.simulation.advance(Duration.ofMillis(1));
		assertThat(failures).hasSize(1);
	}

	static Stream<Throwable> failuresThatAreNoLostConnection() {
		return Stream.of(requestException(new SocketTimeoutException("Read timed out")),
				requestException(new HttpTimeoutException("request timed out")),
				requestException(new ConnectException("Connection refused")),
				requestException(new UnknownHostException("auth.invalid")),
				requestException(new SSLHandshakeException("unknown").initCause(new CertificateException())),
				requestException(new SSLPeerUnverifiedException("other host")), new IllegalStateException("other"),
				TokenSimulation.answer(503, "temporarily_unavailable"));
	}

	@ParameterizedTest
	@MethodSource("failuresThatAreNoLostConnection")
	void otherFailuresAreNotFollowedByAnotherAttempt(Throwable failure) {
		this.simulation.endpoint = (count) -> Mono.error(failure);
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call);
		assertThat(this.simulation.fetches).hasValue(1);
	}

	private static Mono<OAuth2AccessTokenResponse> lost(IOException cause) {
		return Mono.error(() -> requestException(cause));
	}

	private static WebClientRequestException requestException(Throwable cause) {
		return new WebClientRequestException(cause, HttpMethod.POST, URI.create("https://auth.invalid/"),
				HttpHeaders.EMPTY);
	}

	@Test
	void aSecretThatCannotBeReadDoesNotTakeAUsableTokenAway() {
		this.simulation.call();
		this.simulation.secret = () -> {
			throw new IllegalStateException("unreadable");
		};
		this.simulation.advance(Duration.ofMinutes(46));
		assertThat(this.cache.handOut()).isNotNull();
		this.simulation.advance(Duration.ofMinutes(14));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call)
			.withMessageContaining("the client secret cannot be read (a55.client-secret)")
			.withRootCauseInstanceOf(IllegalStateException.class);
		assertThat(this.simulation.fetches).hasValue(1);
		assertThat(this.cache.statistics().fetches()).isEqualTo(1);
	}

	@Test
	void doesNotWaitForeverForTheSecretThatMayEndACoolDown() {
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(400, "invalid_client"));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call);
		this.simulation.secretReader = Mono.never();
		AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
		this.cache.obtain().subscribe((token) -> {
		}, error::set);
		this.simulation.advance(TokenSimulation.TIMEOUT);
		assertThat(error.get()).isInstanceOf(ClientAuthorizationException.class).hasMessageContaining("status 400");
		assertThat(this.simulation.fetches).hasValue(1);
	}

	@Test
	void hooksOfACallerSeeNoSecretAndHaveNoSayInTheFetch() {
		List<Object> seen = new ArrayList<>();
		this.simulation.endpoint = (count) -> TokenSimulation.token("hidden-token", Duration.ofHours(1))
			.map((response) -> {
				throw TokenSimulation.answer(400, "invalid_client");
			});
		for (int i = 0; i < 3; i++) {
			AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
			this.simulation.cache.obtain()
				.doOnDiscard(Object.class, seen::add)
				.doOnError(error::set)
				.onErrorContinue((ex, value) -> seen.add(String.valueOf(value)))
				.subscribe();
			this.simulation.settle();
		}
		assertThat(this.simulation.fetches).hasValue(1);
		assertThat(seen)
			.noneMatch((value) -> value.toString().contains("secret") || value.toString().contains("hidden"));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call)
			.withMessageContaining("responded with status 400");
	}

	@Test
	void tellsThatTheSecretWasNotReadInTime() {
		this.simulation.secretReader = Mono.never();
		AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
		this.simulation.cache.obtain().subscribe(null, error::set);
		this.simulation.advance(TokenSimulation.TIMEOUT);
		assertThat(error.get())
			.hasMessageContaining("the client secret cannot be read within 10000 ms (a55.client-secret)");
	}

}
