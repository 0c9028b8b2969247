package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

import org.springframework.http.HttpStatusCode;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;

/**
 * A token endpoint, the clocks and a cache in virtual time.
 */
final class TokenSimulation implements AutoCloseable {

	static final ClientRegistration REGISTRATION = ClientRegistration.withRegistrationId("a55")
		.clientId("client")
		.clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_POST)
		.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
		.tokenUri("https://auth.example.com/oauth2/token")
		.build();

	static final Duration TIMEOUT = Duration.ofSeconds(10);

	final VirtualTimeScheduler scheduler = VirtualTimeScheduler.getOrSet();

	final AtomicInteger fetches = new AtomicInteger();

	String receivedSecret = "";

	final AccessTokenCache cache;

	/**
	 * What the endpoint answers to its n-th request, counted from 1.
	 */
	IntFunction<Mono<OAuth2AccessTokenResponse>> endpoint = (count) -> token("token-" + count, Duration.ofHours(1));

	Supplier<String> secret = () -> "secret";

	Mono<String> secretReader = Mono.fromSupplier(() -> this.secret.get());

	Duration wallClockOffset = Duration.ZERO;

	TokenSimulation() {
		Random random = new Random(42);
		this.cache = newCache(random);
	}

	AccessTokenCache newCache(Random random) {
		return new AccessTokenCache(REGISTRATION, Mono.defer(() -> this.secretReader), (request) -> {
			this.receivedSecret = request.getClientRegistration().getClientSecret();
			return this.endpoint.apply(this.fetches.incrementAndGet());
		}, TIMEOUT, 0.75, clock(), random::nextDouble);
	}

	TokenClock clock() {
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

	static Mono<OAuth2AccessTokenResponse> token(String value, Duration life) {
		return Mono.fromSupplier(() -> OAuth2AccessTokenResponse.withToken(value)
			.tokenType(OAuth2AccessToken.TokenType.BEARER)
			.expiresIn(life.toSeconds())
			.build());
	}

	static AccessTokenResponseException answer(int status, String errorCode) {
		return new AccessTokenResponseException(new OAuth2Error(errorCode), "was answered with status " + status,
				HttpStatusCode.valueOf(status), null);
	}

	void advance(Duration time) {
		this.scheduler.advanceTimeBy(time);
	}

	/**
	 * Let everything happen that needs no time to pass.
	 */
	void settle() {
		this.scheduler.advanceTime();
	}

	/**
	 * Make a call and let its fetch, if it needs one, come to an end.
	 */
	CachedAccessToken call() {
		AtomicReference<@Nullable CachedAccessToken> token = new AtomicReference<>();
		AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
		this.cache.get().subscribe(token::set, error::set);
		settle();
		if (error.get() instanceof RuntimeException ex) {
			throw ex;
		}
		return Objects.requireNonNull(token.get());
	}

	String value(CachedAccessToken token) {
		return token.accessToken().getTokenValue();
	}

	@Override
	public void close() {
		this.cache.destroy();
		VirtualTimeScheduler.reset();
	}

}
