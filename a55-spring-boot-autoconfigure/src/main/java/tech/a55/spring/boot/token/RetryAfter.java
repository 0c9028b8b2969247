package tech.a55.spring.boot.token;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

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
	 * @param clock the clock that a date is compared with
	 * @return the wait, or {@code null} if there is none, or none that can be read and is
	 * positive
	 */
	public static @Nullable Duration of(HttpHeaders headers, InstantSource clock) {
		String value = headers.getFirst(HttpHeaders.RETRY_AFTER);
		if (value == null) {
			return null;
		}
		Duration wait = parse(value.strip(), clock);
		return (wait != null && !wait.isNegative() && !wait.isZero()) ? wait : null;
	}

	private static @Nullable Duration parse(String value, InstantSource clock) {
		try {
			return Duration.ofSeconds(Long.parseLong(value));
		}
		catch (NumberFormatException ex) {
			return value.matches("\\d+") ? LONGEST : untilDate(value, clock);
		}
	}

	/**
	 * Read any of the three forms of a date
	 * (<a href="https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7">RFC 9110, section
	 * 5.6.7</a>). The oldest one has a space in place of the zero of a day below 10,
	 * which Spring does not read.
	 */
	private static @Nullable Duration untilDate(String value, InstantSource clock) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.RETRY_AFTER, value.replace("  ", " 0"));
		try {
			return Duration.between(clock.instant(),
					Instant.ofEpochMilli(headers.getFirstDate(HttpHeaders.RETRY_AFTER)));
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

}
