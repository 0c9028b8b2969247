package tech.a55.spring.boot.token;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for fleets that share a token, in virtual time.
 */
class SharedTokenSimulationTests {

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@DisplayName("Row 30: 50 instances, 20 lives, shared cache")
	void aFleetRequestsLittleMoreThanOneTokenPerLife(boolean atOnce) {
		SharedTokenSimulation.Result shared = SharedTokenSimulation.run(50, atOnce, true);
		assertThat(shared.later()).isLessThanOrEqualTo(25);
		assertThat(shared.waits()).isZero();
		assertThat(shared.failures()).isZero();
		assertThat(SharedTokenSimulation.run(50, atOnce, false).later()).isGreaterThan(50 * 18);
	}

}
