package tech.a55.spring.boot.token;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.cache.Cache;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.util.StringUtils;

/**
 * The access token in a cache of the application, through which its instances share it. A
 * fetch reads it before it asks the token endpoint, and writes it afterwards. Nothing is
 * locked: in the worst case, two instances request a token each.
 * <p>
 * The token is encrypted. The name of its entry and the key depend on all that it depends
 * on, the client secret included, so an entry is never that of other credentials. A cache
 * that fails, or does not respond in time, is treated as if it were empty. Thread-safe.
 *
 * @since 0.1.0
 */
public final class SharedAccessToken {

	private static final Log logger = LogFactory.getLog(SharedAccessToken.class);

	/**
	 * How long a fetch waits for the cache if there is no usable token, and calls would
	 * fail without one.
	 */
	static final Duration LONGEST_WAIT = Duration.ofSeconds(3);

	private static final Duration WAIT = Duration.ofSeconds(1);

	/**
	 * To be changed if the content of an entry changes. Instances of both versions then
	 * have an entry each.
	 */
	private static final String VERSION = "1";

	private static final String CIPHER = "AES/GCM/NoPadding";

	private static final Pattern LOCAL_STORE = Pattern
		.compile("java\\.util\\.|com\\.github\\.benmanes\\.caffeine\\.|org\\.springframework\\.cache\\.support\\.NoOp");

	private static final int IV_LENGTH = 12;

	private static final int TAG_BITS = 128;

	private final Cache cache;

	private final ClientRegistration registration;

	private final BlockingTasks tasks;

	private final SecureRandom random = new SecureRandom();

	/**
	 * What cannot be done with the cache at present, or {@code null}.
	 */
	private @Nullable String failing;

	/**
	 * Share the token of the given registration.
	 * @param cache the cache that all instances have in common
	 * @param registration the registration that tokens are issued to
	 */
	public SharedAccessToken(Cache cache, ClientRegistration registration) {
		this(cache, registration, (task) -> new Thread(null, task, "a55-token-cache", 0, false));
	}

	SharedAccessToken(Cache cache, ClientRegistration registration, ThreadFactory threads) {
		this.cache = cache;
		this.registration = registration;
		this.tasks = new BlockingTasks(threads);
		warnIfLocal();
	}

	/**
	 * Some distributed maps are a {@code ConcurrentMap} too, so the class decides.
	 */
	private void warnIfLocal() {
		String store = Objects.requireNonNullElse(this.cache.getNativeCache(), this.cache).getClass().getName();
		if (LOCAL_STORE.matcher(store).lookingAt()) {
			logger.warn("The cache '" + this.cache.getName() + "' (a55.token.cache) does not leave this process, so no "
					+ "other instance shares its A55 access token");
		}
	}

	/**
	 * Emit the token that another instance has shared. If there is none, or it is not
	 * taken, request one and share it.
	 * @param request requests a token from the endpoint
	 * @param clientSecret the client secret that the request sends
	 * @param last the last token of this instance
	 * @param outcomes decides whether the shared token is taken
	 */
	Mono<FetchOutcome> orElse(Mono<FetchOutcome> request, String clientSecret, @Nullable CachedAccessToken last,
			FetchOutcomeFactory outcomes) {
		Duration wait = outcomes.isUsable(last) ? WAIT : LONGEST_WAIT;
		return access("read", () -> read(clientSecret), wait)
			.<FetchOutcome>flatMap((shared) -> Mono.justOrEmpty(outcomes.shared(shared, last)))
			.switchIfEmpty(request.doOnNext((outcome) -> {
				if (outcome instanceof CachedAccessToken token) {
					access("written", () -> write(clientSecret, token.accessToken()), WAIT).subscribe();
				}
			}));
	}

	/**
	 * Never fails. It emits nothing if the cache fails or takes too long.
	 */
	private Mono<OAuth2AccessToken> access(String what, Callable<Optional<OAuth2AccessToken>> task, Duration wait) {
		return Mono.defer(() -> {
			CompletableFuture<Optional<OAuth2AccessToken>> result = this.tasks.run(task);
			return (result != null) ? Mono.fromFuture(result)
					: Mono.error(new IllegalStateException(BlockingTasks.MOST + " earlier accesses have not ended"));
		})
			.timeout(wait, Mono.error(() -> new TimeoutException("no response within " + wait.toMillis() + " ms")))
			.doOnSuccess((value) -> succeeded(what))
			.onErrorResume((ex) -> {
				failed(what, ex);
				return Mono.empty();
			})
			.flatMap(Mono::justOrEmpty);
	}

	private synchronized void failed(String what, Throwable ex) {
		if (this.failing == null) {
			this.failing = what;
			logger.warn("The cache '" + this.cache.getName() + "' (a55.token.cache) cannot be " + what
					+ ", so the A55 access token is not shared: " + NestedExceptionUtils.getMostSpecificCause(ex));
		}
	}

	/**
	 * Only what has failed tells that the failure is over: a cache may respond to reads
	 * while it refuses writes.
	 */
	private synchronized void succeeded(String what) {
		if (what.equals(this.failing)) {
			this.failing = null;
			logger.info("The cache '" + this.cache.getName() + "' shares the A55 access token again");
		}
	}

	private Optional<OAuth2AccessToken> read(String clientSecret) throws GeneralSecurityException {
		String name = entryName(clientSecret);
		Cache.ValueWrapper entry = this.cache.get(name);
		if (entry == null) {
			return Optional.empty();
		}
		if (!(entry.get() instanceof String value)) {
			throw new IllegalStateException("the entry '" + name + "' is no text");
		}
		try {
			return Optional.of(decode(decrypt(clientSecret, value)));
		}
		catch (GeneralSecurityException | RuntimeException ex) {
			// Has no cause, because that could show a part of the entry
			throw new IllegalStateException("the entry '" + name + "' holds no token of this client");
		}
	}

	private Optional<OAuth2AccessToken> write(String clientSecret, OAuth2AccessToken token)
			throws GeneralSecurityException {
		this.cache.put(entryName(clientSecret), encrypt(clientSecret, encode(token)));
		return Optional.empty();
	}

	private static String encode(OAuth2AccessToken token) {
		Instant issuedAt = Objects.requireNonNull(token.getIssuedAt());
		Duration life = Duration.between(issuedAt, token.getExpiresAt());
		return issuedAt.toEpochMilli() + " " + life.toSeconds() + " " + token.getTokenValue() + " "
				+ String.join(" ", token.getScopes());
	}

	private static OAuth2AccessToken decode(String text) {
		String[] parts = text.split(" ", 4);
		Instant issuedAt = Instant.ofEpochMilli(Long.parseLong(parts[0]));
		return new OAuth2AccessToken(OAuth2AccessToken.TokenType.BEARER, parts[2], issuedAt,
				issuedAt.plusSeconds(AccessTokenResponseExtractor.life(parts[1])),
				Set.of(StringUtils.tokenizeToStringArray(parts[3], " ")));
	}

	private String entryName(String clientSecret) throws GeneralSecurityException {
		String digest = Base64.getUrlEncoder().encodeToString(derive(clientSecret, "name"));
		return "a55:" + this.registration.getClientId() + ":" + digest.substring(0, 16);
	}

	/**
	 * Spring Security's {@code AesGcmBytesEncryptor} is not in all versions that this
	 * starter works with.
	 */
	private String encrypt(String clientSecret, String text) throws GeneralSecurityException {
		byte[] iv = new byte[IV_LENGTH];
		this.random.nextBytes(iv);
		byte[] encrypted = cipher(Cipher.ENCRYPT_MODE, clientSecret, iv).doFinal(text.getBytes(StandardCharsets.UTF_8));
		byte[] value = Arrays.copyOf(iv, IV_LENGTH + encrypted.length);
		System.arraycopy(encrypted, 0, value, IV_LENGTH, encrypted.length);
		return Base64.getEncoder().encodeToString(value);
	}

	private String decrypt(String clientSecret, String text) throws GeneralSecurityException {
		byte[] value = Base64.getDecoder().decode(text);
		Cipher cipher = cipher(Cipher.DECRYPT_MODE, clientSecret, Arrays.copyOf(value, IV_LENGTH));
		return new String(cipher.doFinal(value, IV_LENGTH, value.length - IV_LENGTH), StandardCharsets.UTF_8);
	}

	private Cipher cipher(int mode, String clientSecret, byte[] iv) throws GeneralSecurityException {
		Cipher cipher = Cipher.getInstance(CIPHER);
		cipher.init(mode, new SecretKeySpec(derive(clientSecret, "key"), "AES"), new GCMParameterSpec(TAG_BITS, iv));
		return cipher;
	}

	private byte[] derive(String clientSecret, String purpose) throws GeneralSecurityException {
		Mac mac = Mac.getInstance("HmacSHA256");
		mac.init(new SecretKeySpec(clientSecret.getBytes(StandardCharsets.UTF_8), mac.getAlgorithm()));
		// Without scopes, this is null in Spring Security 7.0
		Set<String> scopes = Objects.requireNonNullElse(this.registration.getScopes(), Set.of());
		String text = String.join("\n", purpose, VERSION, this.registration.getProviderDetails().getTokenUri(),
				this.registration.getClientId(), String.join(" ", new TreeSet<>(scopes)));
		return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
	}

}
