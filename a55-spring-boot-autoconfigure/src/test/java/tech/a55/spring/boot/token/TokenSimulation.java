package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.function.Supplier;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

import org.springframework.http.HttpStatusCode;
import org.springframework.security.oauth2.client.endpoint.OAuth2ClientCredentialsGrantRequest;
import org.springframework.security.oauth2.client.endpoint.ReactiveOAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;

/**
 * A token endpoint, the clocks and a cache in virtual time.
 */
public final class TokenSimulation implements AutoCloseable {

	public static final AccountName ACCOUNT = new AccountName(AccountName.DEFAULT, true);

	public static final ClientRegistration REGISTRATION = ClientRegistration.withRegistrationId("a55")
		.clientId("client")
		.clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_POST)
		.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
		.tokenUri("https://auth.example.com/oauth2/token")
		.build();

	public static final Duration TIMEOUT = Duration.ofSeconds(10);

	public final VirtualTimeScheduler scheduler = VirtualTimeScheduler.getOrSet();

	public final AtomicInteger fetches = new AtomicInteger();

	public String receivedSecret = "";

	public final AccessTokenCache cache;

	/**
	 * What the endpoint answers to its n-th request, counted from 1.
	 */
	public IntFunction<Mono<OAuth2AccessTokenResponse>> endpoint = (count) -> token("token-" + count,
			Duration.ofHours(1));

	public Supplier<String> secret = () -> "secret";

	public Mono<String> secretReader = Mono.fromSupplier(() -> this.secret.get());

	public Duration wallClockOffset = Duration.ZERO;

	public TokenSimulation() {
		Random random = new Random(42);
		this.cache = newCache(random);
	}

	public AccessTokenCache newCache(Random random) {
		return new AccessTokenCache(
				new AccessTokenRequest(ACCOUNT, REGISTRATION, Mono.defer(() -> this.secretReader), (request) -> {
					this.receivedSecret = request.getClientRegistration().getClientSecret();
					return this.endpoint.apply(this.fetches.incrementAndGet());
				}, TIMEOUT, ObservationRegistry.NOOP, null), 0.75, clock(), random::nextDouble);
	}

	/**
	 * Return a cache with the clocks of the system, whose token endpoint is the given
	 * one. No machine is so busy that its time-out ends a fetch.
	 */
	public static AccessTokenCache cache(
			ReactiveOAuth2AccessTokenResponseClient<OAuth2ClientCredentialsGrantRequest> endpoint) {
		return cache(endpoint, new TokenClock());
	}

	/**
	 * Return a cache whose clocks show the given time.
	 */
	public static AccessTokenCache cache(
			ReactiveOAuth2AccessTokenResponseClient<OAuth2ClientCredentialsGrantRequest> endpoint,
			Supplier<Duration> time) {
		return cache(endpoint, new TokenClock() {

			@Override
			long nanoTime() {
				return time.get().toNanos();
			}

			@Override
			long currentTimeMillis() {
				return time.get().toMillis();
			}

		});
	}

	private static AccessTokenCache cache(
			ReactiveOAuth2AccessTokenResponseClient<OAuth2ClientCredentialsGrantRequest> endpoint, TokenClock clock) {
		return new AccessTokenCache(new AccessTokenRequest(ACCOUNT, REGISTRATION, Mono.just("secret"), endpoint,
				Duration.ofHours(1), ObservationRegistry.NOOP, null), 0.75, clock, () -> 0.5);
	}

	/**
	 * Return whether the given cache has not started a fetch yet.
	 */
	public static boolean isUntouched(AccessTokenCache cache) {
		TokenState state = cache.state();
		return state.token == null && state.fetch == null && state.failure == null && !state.isClosed();
	}

	public TokenClock clock() {
		return new TokenClock() {

			@Override
			long nanoTime() {
				return TokenSimulation.this.scheduler.now(TimeUnit.NANOSECONDS);
			}

			@Override
			long currentTimeMillis() {
				return TokenSimulation.this.scheduler.now(TimeUnit.MILLISECONDS)
						+ TokenSimulation.this.wallClockOffset.toMillis();
			}

		};
	}

	public static Mono<OAuth2AccessTokenResponse> token(String value, Duration life) {
		return Mono.fromSupplier(() -> OAuth2AccessTokenResponse.withToken(value)
			.tokenType(OAuth2AccessToken.TokenType.BEARER)
			.expiresIn(life.toSeconds())
			.build());
	}

	public static RuntimeException answer(int status, String errorCode) {
		return new AccessTokenResponseException(new OAuth2Error(errorCode), "responded with status " + status,
				HttpStatusCode.valueOf(status), null);
	}

	public void advance(Duration time) {
		this.scheduler.advanceTimeBy(time);
	}

	/**
	 * Let everything happen that needs no time to pass.
	 */
	public void settle() {
		this.scheduler.advanceTime();
	}

	/**
	 * Make a call and let its fetch, if it needs one, come to an end.
	 */
	public CachedAccessToken call() {
		AtomicReference<@Nullable CachedAccessToken> token = new AtomicReference<>();
		AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
		this.cache.obtain().subscribe(token::set, error::set);
		settle();
		if (error.get() instanceof RuntimeException ex) {
			throw ex;
		}
		return Objects.requireNonNull(token.get());
	}

	/**
	 * Return how many tokens were evicted.
	 */
	public long evictions() {
		return this.cache.statistics().evictions();
	}

	public String value(CachedAccessToken token) {
		return token.accessToken().getTokenValue();
	}

	@Override
	public void close() {
		this.cache.destroy();
		VirtualTimeScheduler.reset();
	}

}
