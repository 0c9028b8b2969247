package tech.a55.sample.simulator;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LoadRun}.
 */
class LoadRunTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private final LoadRun loadRun = new LoadRun(10);

	@Test
	void runsOnceAtATime() {
		Mono<LoadRun.Comparison> first = this.loadRun.run().cache();
		first.subscribe();
		assertThatExceptionOfType(ResponseStatusException.class).isThrownBy(() -> this.loadRun.run().block(TIMEOUT))
			.satisfies((ex) -> assertThat(ex.getStatusCode()).isEqualTo(HttpStatus.CONFLICT));
		assertAllSucceeded(first.block(TIMEOUT));
		assertAllSucceeded(this.loadRun.run().block(TIMEOUT));
	}

	private static void assertAllSucceeded(LoadRun.@Nullable Comparison comparison) {
		assertThat(comparison).isNotNull();
		assertThat(comparison.starter().succeeded()).isEqualTo(10);
		assertThat(comparison.handWritten().succeeded()).isEqualTo(10);
	}

}
