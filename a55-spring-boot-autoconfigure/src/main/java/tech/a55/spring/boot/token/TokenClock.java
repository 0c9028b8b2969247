package tech.a55.spring.boot.token;

/**
 * The two clocks that measure the age of an access token.
 * <p>
 * The monotonic clock cannot be set, but may stop while the machine is suspended. The
 * wall clock continues, but can be set. The greater of the two ages counts.
 */
class TokenClock {

	long nanoTime() {
		return System.nanoTime();
	}

	long currentTimeMillis() {
		return System.currentTimeMillis();
	}

}
