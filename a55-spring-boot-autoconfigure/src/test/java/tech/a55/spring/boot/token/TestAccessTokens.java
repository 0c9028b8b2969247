package tech.a55.spring.boot.token;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What tests in other packages need of this one.
 */
public final class TestAccessTokens {

	private TestAccessTokens() {
	}

	/**
	 * Return a cache whose clocks both show the given time.
	 */
	public static AccessTokenCache cache(AccessTokenRequest request, LongSupplier nanoTime) {
		return new AccessTokenCache(request, 0.75, new TokenClock() {

			@Override
			long nanoTime() {
				return nanoTime.getAsLong();
			}

			@Override
			long currentTimeMillis() {
				return TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong());
			}

		}, () -> 0);
	}

}
