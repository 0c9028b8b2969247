package tech.a55.spring.boot.autoconfigure;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link UnsupportedSpringBootListener}.
 */
class UnsupportedSpringBootListenerTests {

	@ParameterizedTest
	@ValueSource(strings = { "4.0.8", "4.1.1", "4.2.0-M1" })
	void anyBoot4IsAccepted(String version) {
		assertThatNoException().isThrownBy(() -> UnsupportedSpringBootListener.requireSupported(version));
	}

	@ParameterizedTest
	@ValueSource(strings = { "2.7.18", "3.5.16", "5.0.0" })
	void anyOtherIsRefused(String version) {
		assertThatIllegalStateException().isThrownBy(() -> UnsupportedSpringBootListener.requireSupported(version))
			.withMessageContainingAll("works with Spring Boot 4.0 and 4.1", version);
	}

}
