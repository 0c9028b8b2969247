package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import org.springframework.cache.concurrent.ConcurrentMapCache;

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

	/**
	 * Let instances share a token, while each thing fails once that an instance reports.
	 */
	public static void shareWithFailures() {
		IllegalStateException failure = new IllegalStateException("test");
		new SharedAccessToken(new ConcurrentMapCache("local"), TokenSimulation.REGISTRATION);
		try (SharedTokenFleet fleet = new SharedTokenFleet()) {
			SharedTokenFleet.Instance instance = fleet.start();
			fleet.store.readFailure = failure;
			instance.obtain();
			fleet.store.readFailure = null;
			fleet.store.writeFailure = failure;
			fleet.advance(Duration.ofHours(1));
			instance.obtain();
			fleet.store.writeFailure = null;
			fleet.advance(Duration.ofHours(1));
			fleet.endpointFailure = failure;
			instance.makeCall();
			fleet.advance(Duration.ofSeconds(5));
			fleet.endpointFailure = null;
			fleet.start().obtain();
			instance.obtain();
		}
	}

}
