package tech.a55.spring.boot.token;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * The wait that a response asks for, in seconds or as a date
 * (<a href="https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3">RFC 9110, section
 * 10.2.3</a>).
 *
 * @since 0.1.0
 */
public final class RetryAfter {

	private static final Duration LONGEST = Duration.ofSeconds(Long.MAX_VALUE);

	private RetryAfter() {
	}

	/**
	 * Return the wait that the given headers ask for.
	 * @param headers the headers of a response
	 * @return the wait, or {@code null} if there is none, or none that can be read and is
	 * positive
	 */
	public static @Nullable Duration of(HttpHeaders headers) {
		String value = headers.getFirst(HttpHeaders.RETRY_AFTER);
		if (value == null) {
			return null;
		}
		Duration wait = parse(value.strip());
		return (wait != null && !wait.isNegative() && !wait.isZero()) ? wait : null;
	}

	private static @Nullable Duration parse(String value) {
		try {
			return Duration.ofSeconds(Long.parseLong(value));
		}
		catch (NumberFormatException ex) {
			return value.matches("\\d+") ? LONGEST : untilDate(value);
		}
	}

	private static @Nullable Duration untilDate(String value) {
		try {
			Instant date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.US))
				.toInstant();
			return Duration.between(Instant.now(), date);
		}
		catch (DateTimeException ex) {
			return null;
		}
	}

}
