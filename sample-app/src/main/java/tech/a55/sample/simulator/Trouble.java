package tech.a55.sample.simulator;

import java.util.Locale;

/**
 * A failure that the simulator causes while it is switched on.
 */
enum Trouble {

	/**
	 * The token endpoint responds to each request with 503.
	 */
	TOKEN_FAILURE,

	/**
	 * The token endpoint responds to each request of the shop with 503.
	 */
	SHOP_TOKEN_FAILURE,

	/**
	 * The API responds with 429 to calls that come too close together.
	 */
	RATE_LIMIT,

	/**
	 * The API responds slowly.
	 */
	SLOW_API;

	/**
	 * Return the name that the page uses.
	 */
	String id() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
