package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;

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
