package tech.a55.spring.boot.client;

import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;

/**
 * Why a request was retried: the values of the tag {@code reason} of the meter.
 */
enum RetryReason {

	/**
	 * The API responded with status 429.
	 */
	RATE_LIMITED("rate-limited"),

	/**
	 * The API, or a server in front of it, responded with status 502, 503 or 504.
	 */
	UNAVAILABLE("unavailable"),

	/**
	 * The connection could not be made, or was lost.
	 */
	CONNECTION("connection");

	private final String tag;

	RetryReason(String tag) {
		this.tag = tag;
	}

	static RetryReason of(HttpStatusCode status) {
		return (status.value() == HttpStatus.TOO_MANY_REQUESTS.value()) ? RATE_LIMITED : UNAVAILABLE;
	}

	String tag() {
		return this.tag;
	}

}
