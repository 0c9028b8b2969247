package tech.a55.spring.boot.token;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

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

	@Test
	void readsSeconds() {
		assertThat(retryAfter("120")).isEqualTo(Duration.ofMinutes(2));
		assertThat(retryAfter(" 7 ")).isEqualTo(Duration.ofSeconds(7));
	}

	@Test
	void readsADate() {
		assertThat(retryAfter(date(Instant.now().plusSeconds(60)))).isBetween(Duration.ofSeconds(30),
				Duration.ofMinutes(1));
	}

	@Test
	void aWaitOfYearsIsOne() {
		assertThat(retryAfter("315360000")).isEqualTo(Duration.ofDays(3650));
		assertThat(retryAfter("99999999999999999999")).isGreaterThan(Duration.ofDays(3650));
		assertThat(retryAfter("Fri, 31 Dec 9999 23:59:59 GMT")).isGreaterThan(Duration.ofDays(3650));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "-5", "-99999999999999999999", "soon", "", "1.5", "Thu, 01 Jan 1970 00:00:00 GMT",
			"Thu, 99 Jan 1970 00:00:00 GMT" })
	void whatLiesInThePastOrCannotBeReadIsNone(String value) {
		assertThat(retryAfter(value)).isNull();
	}

	@Test
	void isNoneWithoutTheHeader() {
		assertThat(RetryAfter.of(new HttpHeaders())).isNull();
	}

	private static String date(Instant instant) {
		return DateTimeFormatter.RFC_1123_DATE_TIME.format(instant.atOffset(ZoneOffset.UTC));
	}

	private static @Nullable Duration retryAfter(String value) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.RETRY_AFTER, value);
		return RetryAfter.of(headers);
	}

}
