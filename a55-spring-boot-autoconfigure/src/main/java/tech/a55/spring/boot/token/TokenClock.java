package tech.a55.spring.boot.token;

/**
 * The two clocks by which the life of an access token is counted.
 * <p>
 * The monotonic clock cannot be set, but stands still while the machine is suspended; the
 * wall clock goes on, but can be set. A token is as old as the older of the two says.
 */
class TokenClock {

	long nanoTime() {
		return System.nanoTime();
	}

	long currentTimeMillis() {
		return System.currentTimeMillis();
	}

}
