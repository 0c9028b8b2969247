package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PendingFetch}, in virtual time.
 */
class PendingFetchTests {

	private final TokenSimulation simulation = new TokenSimulation();

	private final AccessTokenCache cache = this.simulation.cache;

	@AfterEach
	void close() {
		this.simulation.close();
	}

	@Test
	@DisplayName("Row 5: first caller cancels at 50 different points")
	void aCallerThatCancelsEndsOnlyItsOwnWait() {
		for (int point = 0; point < 50; point++) {
			try (TokenSimulation simulation = new TokenSimulation()) {
				simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1))
					.delaySubscription(Duration.ofMillis(49));
				List<String> served = new ArrayList<>();
				Disposable first = simulation.cache.obtain().map(simulation::value).subscribe(served::add);
				for (int i = 0; i < 999; i++) {
					simulation.cache.obtain().map(simulation::value).subscribe(served::add);
				}
				simulation.advance(Duration.ofMillis(point));
				first.dispose();
				simulation.advance(Duration.ofMillis(50));
				assertThat(served).hasSizeBetween(999, (point < 49) ? 999 : 1000).containsOnly("token-1");
				assertThat(simulation.fetches).hasValue(1);
			}
		}
	}

	@Test
	@DisplayName("Row 5: all callers cancel")
	void theFetchGoesOnWhenAllCallersCancel() {
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1))
			.delaySubscription(Duration.ofMillis(100));
		List<Disposable> callers = new ArrayList<>();
		for (int i = 0; i < 1000; i++) {
			callers.add(this.cache.obtain().subscribe());
		}
		callers.forEach(Disposable::dispose);
		this.simulation.advance(Duration.ofMillis(100));
		assertThat(this.simulation.value(this.simulation.call())).isEqualTo("token-1");
		assertThat(this.simulation.fetches).hasValue(1);
	}

	@Test
	void closingAbortsTheExchange() {
		AtomicBoolean aborted = new AtomicBoolean();
		this.simulation.endpoint = (count) -> Mono.<OAuth2AccessTokenResponse>never()
			.doOnCancel(() -> aborted.set(true));
		this.cache.obtain().onErrorComplete().subscribe();
		this.cache.destroy();
		assertThat(aborted).isTrue();
	}

	@Test
	void closingSettlesAllWhoWait() {
		this.simulation.endpoint = (count) -> Mono.never();
		List<Throwable> failures = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			this.cache.obtain().subscribe((token) -> {
			}, failures::add);
		}
		this.cache.destroy();
		this.simulation.settle();
		assertThat(failures).hasSize(10).allSatisfy(this::saysThatTheContextIsClosed);
		this.cache.obtain().subscribe((token) -> {
		}, failures::add);
		assertThat(failures).hasSize(11).allSatisfy(this::saysThatTheContextIsClosed);
		assertThat(this.simulation.fetches).hasValue(1);
	}

	private void saysThatTheContextIsClosed(Throwable ex) {
		assertThat(ex).isInstanceOf(ClientAuthorizationException.class)
			.hasMessageContaining("the application context is closed");
	}

}
