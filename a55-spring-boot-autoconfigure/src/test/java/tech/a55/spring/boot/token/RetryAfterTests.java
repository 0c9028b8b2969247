package tech.a55.spring.boot.token;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RetryAfter}.
 */
class RetryAfterTests {

	private static final Instant NOW = Instant.parse("2026-11-06T08:49:00Z");

	@Test
	void readsSeconds() {
		assertThat(retryAfter("120")).isEqualTo(Duration.ofMinutes(2));
		assertThat(retryAfter(" 7 ")).isEqualTo(Duration.ofSeconds(7));
	}

	@ParameterizedTest
	@ValueSource(strings = { "Fri, 06 Nov 2026 08:49:37 GMT", "Friday, 06-Nov-26 08:49:37 GMT",
			"Fri Nov  6 08:49:37 2026", " Fri, 06 Nov 2026 08:49:37 GMT " })
	void readsADateInEachOfItsForms(String date) {
		assertThat(retryAfter(date)).isEqualTo(Duration.ofSeconds(37));
	}

	@Test
	void readsADayOfTwoDigitsInTheOldestForm() {
		assertThat(retryAfter("Mon Nov 16 08:49:00 2026")).isEqualTo(Duration.ofDays(10));
	}

	@Test
	void aWaitOfYearsIsOne() {
		assertThat(retryAfter("315360000")).isEqualTo(Duration.ofDays(3650));
		assertThat(retryAfter("99999999999999999999")).isGreaterThan(Duration.ofDays(3650));
		assertThat(retryAfter("Fri, 31 Dec 9999 23:59:59 GMT")).isGreaterThan(Duration.ofDays(3650));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "-5", "-99999999999999999999", "soon", "", "1.5", "Fri, 06 Nov 2026 08:49:00 GMT",
			"Fri, 06 Nov 2026 08:48:59 GMT", "Friday, 06-Nov-26 08:48:59 GMT", "Fri Nov  6 08:48:59 2026",
			"Sunday, 06-Nov-94 08:49:37 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Jan 1970 00:00:00 GMT" })
	void whatLiesInThePastOrCannotBeReadIsNone(String value) {
		assertThat(retryAfter(value)).isNull();
	}

	@Test
	void isNoneWithoutTheHeader() {
		assertThat(RetryAfter.of(new HttpHeaders(), InstantSource.fixed(NOW))).isNull();
	}

	private static @Nullable Duration retryAfter(String value) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.RETRY_AFTER, value);
		return RetryAfter.of(headers, InstantSource.fixed(NOW));
	}

}
