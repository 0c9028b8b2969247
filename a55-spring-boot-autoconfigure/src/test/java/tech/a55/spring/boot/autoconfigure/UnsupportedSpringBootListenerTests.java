package tech.a55.spring.boot.autoconfigure;

import java.util.Objects;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.diagnostics.FailureAnalysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link UnsupportedSpringBootListener}.
 */
class UnsupportedSpringBootListenerTests {

	@ParameterizedTest
	@ValueSource(strings = { "4.0.8", "4.1.1", "4.2.0-M1", "4.2.0" })
	void anyBoot4IsAccepted(String version) {
		assertThatNoException().isThrownBy(() -> UnsupportedSpringBootListener.requireSupported(version));
	}

	@ParameterizedTest
	@ValueSource(strings = { "2.7.18", "3.5.16", "5.0.0" })
	void anyOtherIsRefused(String version) {
		assertThatExceptionOfType(InvalidA55ConfigurationException.class)
			.isThrownBy(() -> UnsupportedSpringBootListener.requireSupported(version))
			.satisfies((failure) -> {
				FailureAnalysis analysis = Objects
					.requireNonNull(new InvalidA55ConfigurationFailureAnalyzer().analyze(failure));
				assertThat(analysis.getDescription())
					.isEqualTo("The A55 starter works with Spring Boot 4.0 and 4.1, and this application runs on "
							+ "Spring Boot " + version + ".");
				assertThat(analysis.getAction()).contains("Use one of those versions", "a55-spring-boot-starter");
			});
	}

}
