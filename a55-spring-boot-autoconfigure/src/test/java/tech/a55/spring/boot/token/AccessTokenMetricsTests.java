package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.security.oauth2.client.ClientAuthorizationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link AccessTokenMetrics}.
 */
class AccessTokenMetricsTests {

	private final TokenSimulation simulation = new TokenSimulation();

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	@AfterEach
	void close() {
		this.simulation.close();
	}

	@Test
	void countWhatTheEndpointSawAlthoughBoundLater() {
		this.simulation.endpoint = (count) -> Mono.error(TokenSimulation.answer(503, "unavailable"));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(this.simulation::call);
		new AccessTokenMetrics(this.simulation.cache).bindTo(this.registry);
		assertThat(remaining()).isZero();
		this.simulation.endpoint = (count) -> TokenSimulation.token("token-" + count, Duration.ofHours(1))
			.delaySubscription(Duration.ofSeconds(2));
		this.simulation.advance(Duration.ofSeconds(2));
		this.simulation.cache.obtain().subscribe();
		this.simulation.advance(Duration.ofSeconds(10));
		assertThat(remaining()).isEqualTo(3590);
		CachedAccessToken token = this.simulation.call();
		this.simulation.cache.evict(token);
		this.simulation.cache.evict(token);
		this.simulation.cache.evict(token);
		this.simulation.cache.obtain().subscribe();
		this.simulation.advance(Duration.ofSeconds(2));
		assertThat(fetches("failure")).isEqualTo(1);
		assertThat(fetches("success")).isEqualTo(2);
		assertThat(fetches("success") + fetches("failure")).isEqualTo(this.simulation.fetches.get());
		assertThat(this.registry.get("a55.token.evictions").functionCounter().count()).isEqualTo(1);
		assertThat(this.registry.get("a55.token.fetch.duration").functionTimer().count()).isEqualTo(3);
		assertThat(this.registry.get("a55.token.fetch.duration").functionTimer().totalTime(TimeUnit.SECONDS))
			.isEqualTo(4);
	}

	@Test
	void aSharedTokenIsCountedApart() {
		try (SharedTokenFleet fleet = new SharedTokenFleet()) {
			SharedTokenFleet.Instance instance = fleet.start();
			fleet.start().obtain();
			CachedAccessToken shared = instance.obtain();
			new AccessTokenMetrics(instance.cache).bindTo(this.registry);
			assertThat(fetches("shared")).isEqualTo(1);
			assertThat(fetches("success")).isZero();
			assertThat(this.registry.get("a55.token.fetch.duration").functionTimer().count()).isZero();
			fleet.storeTime = null;
			instance.cache.evict(shared);
			instance.obtain();
			assertThat(fetches("shared")).isEqualTo(1);
			assertThat(fetches("success")).isEqualTo(1);
			assertThat(this.registry.get("a55.token.fetch.duration").functionTimer().totalTime(TimeUnit.MILLISECONDS))
				.as("without the time of the store")
				.isEqualTo(300);
			assertThat(fleet.requests).isEqualTo(2);
		}
	}

	@Test
	void nothingIsCountedAsSharedIfNothingIsShared() {
		new AccessTokenMetrics(this.simulation.cache).bindTo(this.registry);
		assertThat(this.registry.get("a55.token.fetches").functionCounters()).hasSize(2);
	}

	private double fetches(String outcome) {
		return this.registry.get("a55.token.fetches").tag("outcome", outcome).functionCounter().count();
	}

	private double remaining() {
		return this.registry.get("a55.token.remaining").timeGauge().value(TimeUnit.SECONDS);
	}

}
