package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

import org.springframework.cache.support.AbstractValueAdaptingCache;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;

/**
 * Instances of an application that share a token, with their store, the token endpoint
 * and the API, in virtual time.
 */
final class SharedTokenFleet implements AutoCloseable {

	static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final long START_MILLIS = 1_700_000_000_000L;

	/**
	 * Calls are made at this distance, and each instance makes one a second.
	 */
	private static final Duration TICK = Duration.ofMillis(50);

	final VirtualTimeScheduler scheduler = VirtualTimeScheduler.getOrSet();

	final Store store = new Store();

	final List<Instance> instances = new ArrayList<>();

	final Set<String> revoked = new HashSet<>();

	final Duration life = Duration.ofHours(1);

	/**
	 * How long each access to the store takes, {@code null} if it hangs.
	 */
	@Nullable Duration storeTime = Duration.ofMillis(2);

	/**
	 * How long the token endpoint takes, {@code null} if it never responds.
	 */
	@Nullable Duration endpointTime = Duration.ofMillis(300);

	@Nullable Throwable endpointFailure;

	/**
	 * How many requests the token endpoint received.
	 */
	int requests;

	/**
	 * How many calls had to wait for a token, failed, and were sent with an expired one.
	 */
	int waits;

	int failures;

	int expired;

	int refusals;

	private final Map<String, Duration> ends = new HashMap<>();

	private final Random random = new Random(42);

	Instance start() {
		return start(TokenSimulation.REGISTRATION, "secret");
	}

	Instance start(ClientRegistration registration, String secret) {
		return new Instance(registration, secret, new SharedAccessToken(this.store, registration, StoreThread::new));
	}

	/**
	 * Start an instance that has a token of its own.
	 */
	Instance startAlone() {
		return new Instance(TokenSimulation.REGISTRATION, "secret", null);
	}

	Duration now() {
		return Duration.ofNanos(this.scheduler.now(TimeUnit.NANOSECONDS));
	}

	void advance(Duration time) {
		this.scheduler.advanceTimeBy(time);
	}

	/**
	 * Let each instance make one call a second, each at its own fraction of the second.
	 */
	void run(Duration time) {
		int ticksPerSecond = (int) Duration.ofSeconds(1).dividedBy(TICK);
		long ticks = time.dividedBy(TICK);
		for (long tick = 0; tick < ticks; tick++) {
			for (int i = (int) (tick % ticksPerSecond); i < this.instances.size(); i += ticksPerSecond) {
				this.instances.get(i).makeCall();
			}
			advance(TICK);
		}
	}

	private Mono<OAuth2AccessTokenResponse> issue() {
		this.requests++;
		if (this.endpointTime == null) {
			return Mono.never();
		}
		String value = "token-" + this.requests;
		return Mono.delay(this.endpointTime).map((delay) -> {
			if (this.endpointFailure != null) {
				throw new IllegalStateException(this.endpointFailure);
			}
			this.ends.put(value, now().plus(this.life));
			return OAuth2AccessTokenResponse.withToken(value)
				.tokenType(OAuth2AccessToken.TokenType.BEARER)
				.expiresIn(this.life.toSeconds())
				.scopes(Set.of("read", "write"))
				.build();
		});
	}

	@Override
	public void close() {
		this.instances.forEach((instance) -> instance.cache.destroy());
		VirtualTimeScheduler.reset();
	}

	final class Instance {

		final AccessTokenCache cache;

		String secret;

		Duration clockOffset = Duration.ZERO;

		Duration lastWait = Duration.ZERO;

		Instance(ClientRegistration registration, String secret, @Nullable SharedAccessToken shared) {
			this.secret = secret;
			this.cache = new AccessTokenCache(
					new AccessTokenRequest(TokenSimulation.ACCOUNT, registration, Mono.fromSupplier(() -> this.secret),
							(request) -> issue(), TIMEOUT, ObservationRegistry.NOOP, shared),
					0.75, new TokenClock() {

						@Override
						long nanoTime() {
							return SharedTokenFleet.this.scheduler.now(TimeUnit.NANOSECONDS);
						}

						@Override
						long currentTimeMillis() {
							return START_MILLIS + SharedTokenFleet.this.scheduler.now(TimeUnit.MILLISECONDS)
									+ Instance.this.clockOffset.toMillis();
						}

					}, SharedTokenFleet.this.random::nextDouble);
			SharedTokenFleet.this.instances.add(this);
		}

		/**
		 * Obtain a token, and let as much time pass as that takes.
		 */
		CachedAccessToken obtain() {
			Duration start = now();
			List<Object> outcome = new ArrayList<>();
			this.cache.obtain().subscribe(outcome::add, outcome::add);
			SharedTokenFleet.this.scheduler.advanceTime();
			for (int i = 0; i < 100_000 && outcome.isEmpty(); i++) {
				advance(Duration.ofMillis(1));
			}
			this.lastWait = now().minus(start);
			advance(Duration.ofMillis(10));
			if (outcome.get(0) instanceof RuntimeException ex) {
				throw ex;
			}
			return (CachedAccessToken) outcome.get(0);
		}

		/**
		 * Return the token that a call gets without a wait, and let the renewal that it
		 * may start come to its end.
		 */
		String handOut() {
			CachedAccessToken token = this.cache.handOut();
			advance(Duration.ofSeconds(5));
			return Objects.requireNonNull(token).accessToken().getTokenValue();
		}

		String value() {
			return obtain().accessToken().getTokenValue();
		}

		long shared() {
			return this.cache.statistics().sharedTokens();
		}

		void makeCall() {
			CachedAccessToken token = this.cache.handOut();
			if (token != null) {
				send(token);
				return;
			}
			SharedTokenFleet.this.waits++;
			this.cache.obtain().subscribe(this::send, (ex) -> SharedTokenFleet.this.failures++);
		}

		private void send(CachedAccessToken token) {
			if (accepts(token)) {
				return;
			}
			SharedTokenFleet.this.refusals++;
			if (this.cache.evict(token)) {
				this.cache.replace(token).subscribe((next) -> {
					if (!accepts(next)) {
						SharedTokenFleet.this.failures++;
					}
				});
			}
			else {
				SharedTokenFleet.this.failures++;
			}
		}

		private boolean accepts(CachedAccessToken token) {
			String value = token.accessToken().getTokenValue();
			if (now().compareTo(Objects.requireNonNull(SharedTokenFleet.this.ends.get(value))) > 0) {
				SharedTokenFleet.this.expired++;
				return false;
			}
			return !SharedTokenFleet.this.revoked.contains(value);
		}

	}

	/**
	 * Runs the task when the access to the store ends.
	 */
	private final class StoreThread extends Thread {

		StoreThread(Runnable task) {
			super(task);
		}

		@Override
		public synchronized void start() {
			Duration time = SharedTokenFleet.this.storeTime;
			if (time != null) {
				SharedTokenFleet.this.scheduler.schedule(this, time.toMillis(), TimeUnit.MILLISECONDS);
			}
		}

	}

	static class Store extends AbstractValueAdaptingCache {

		final Map<Object, @Nullable Object> entries = new HashMap<>();

		int reads;

		int writes;

		@Nullable RuntimeException readFailure;

		@Nullable RuntimeException writeFailure;

		Store() {
			super(false);
		}

		@Override
		protected @Nullable Object lookup(Object key) {
			this.reads++;
			if (this.readFailure != null) {
				throw this.readFailure;
			}
			return this.entries.get(key);
		}

		@Override
		public void put(Object key, @Nullable Object value) {
			this.writes++;
			if (this.writeFailure != null) {
				throw this.writeFailure;
			}
			this.entries.put(key, toStoreValue(value));
		}

		String name() {
			return (String) this.entries.keySet().iterator().next();
		}

		@Override
		public String getName() {
			return "a55-token";
		}

		@Override
		public Object getNativeCache() {
			return this;
		}

		@Override
		public <T> @Nullable T get(Object key, Callable<T> loader) {
			throw new UnsupportedOperationException();
		}

		@Override
		public void evict(Object key) {
			throw new UnsupportedOperationException();
		}

		@Override
		public void clear() {
			throw new UnsupportedOperationException();
		}

	}

}
