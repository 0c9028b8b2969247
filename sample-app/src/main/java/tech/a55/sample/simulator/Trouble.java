package tech.a55.sample.simulator;

import java.util.Locale;

/**
 * What can be made to go wrong in the simulator, for as long as it is on.
 */
enum Trouble {

	/**
	 * The token endpoint answers each request with 503.
	 */
	TOKEN_FAILURE,

	/**
	 * The API answers calls that come too close together with 429.
	 */
	RATE_LIMIT,

	/**
	 * The API takes its time.
	 */
	SLOW_API;

	/**
	 * Return the name that the page has for it.
	 */
	String id() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
