package tech.a55.spring.boot.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.http.client.HttpRedirects;

/**
 * Configuration properties for the A55 payments API. Client secrets are checked, but not
 * kept: token requests read them from the environment, so no page can show them.
 *
 * @since 0.1.0
 */
@ConfigurationProperties("a55")
public final class A55Properties {

	/**
	 * Client ID from A55's onboarding.
	 */
	private final @Nullable String clientId;

	/**
	 * Root URL of the API. Plain http is accepted for loopback hosts only.
	 */
	private final URI baseUrl;

	/**
	 * Token endpoint. Plain http is accepted for loopback hosts only.
	 */
	private final URI tokenUri;

	/**
	 * Comma-separated list of scopes to request. If not set, all of the client's.
	 */
	private final List<String> scopes;

	/**
	 * Time to resolve a name, wait for a pooled connection, connect and agree on TLS. If
	 * not set, "spring.http.clients.connect-timeout" applies if it is positive, otherwise
	 * five seconds.
	 */
	private final @Nullable Duration connectTimeout;

	/**
	 * Time to wait for a response of the API, and between its parts. If not set,
	 * "spring.http.clients.read-timeout" applies if it is positive, otherwise 60 seconds.
	 */
	private final @Nullable Duration readTimeout;

	private final Ssl ssl;

	/**
	 * Handling of redirects within the origin of the API, for GET and HEAD. No others are
	 * followed. If not set, "spring.http.clients.redirects" applies, otherwise none is.
	 */
	private final @Nullable HttpRedirects redirects;

	private final Token token;

	private final Retry retry;

	A55Properties(@Nullable String clientId, @Nullable String clientSecret,
			@DefaultValue("https://core-manager.a55.tech/api/v1/") String baseUrl,
			@DefaultValue("https://smart-capital.auth.us-east-1.amazoncognito.com/oauth2/token") String tokenUri,
			@DefaultValue List<String> scopes, @Nullable Duration connectTimeout, @Nullable Duration readTimeout,
			@DefaultValue Ssl ssl, @Nullable HttpRedirects redirects, @DefaultValue Token token,
			@DefaultValue Retry retry) {
		if (clientId != null || clientSecret != null) {
			PropertyChecks.requireCredential("a55.client-id", clientId);
			PropertyChecks.requireCredential("a55.client-secret", clientSecret);
		}
		this.clientId = clientId;
		this.baseUrl = PropertyChecks.requireSecureUrl("a55.base-url", baseUrl);
		this.tokenUri = PropertyChecks.requireSecureUrl("a55.token-uri", tokenUri);
		this.scopes = PropertyChecks.requireScopes("a55.scopes", scopes);
		this.connectTimeout = PropertyChecks.requirePositive("a55.connect-timeout", connectTimeout);
		this.readTimeout = PropertyChecks.requirePositive("a55.read-timeout", readTimeout);
		this.ssl = ssl;
		this.redirects = redirects;
		this.token = token;
		this.retry = retry;
	}

	/**
	 * Return the client ID of the default account.
	 * @return the client ID, or {@code null} if there is no default account
	 */
	public @Nullable String getClientId() {
		return this.clientId;
	}

	/**
	 * Return the root URL of the API.
	 * @return an absolute URL without user-info, query and fragment
	 */
	public URI getBaseUrl() {
		return this.baseUrl;
	}

	/**
	 * Return the token endpoint.
	 * @return an absolute URL without user-info, query and fragment
	 */
	public URI getTokenUri() {
		return this.tokenUri;
	}

	/**
	 * Return the scopes to request.
	 * @return the scopes, empty to request no particular scope
	 */
	public List<String> getScopes() {
		return this.scopes;
	}

	/**
	 * Return the time to wait for a connection.
	 * @return the connect timeout or {@code null} to use that of Boot's HTTP clients
	 */
	public @Nullable Duration getConnectTimeout() {
		return this.connectTimeout;
	}

	/**
	 * Return the time to wait for a response of the API.
	 * @return the read timeout or {@code null} to use that of Boot's HTTP clients
	 */
	public @Nullable Duration getReadTimeout() {
		return this.readTimeout;
	}

	/**
	 * Return the SSL configuration.
	 * @return the SSL configuration
	 */
	public Ssl getSsl() {
		return this.ssl;
	}

	/**
	 * Return the handling of redirects.
	 * @return the handling, or {@code null} to use that of Boot's HTTP clients
	 */
	public @Nullable HttpRedirects getRedirects() {
		return this.redirects;
	}

	/**
	 * Return the handling of the access token.
	 * @return the handling of the access token
	 */
	public Token getToken() {
		return this.token;
	}

	/**
	 * Return the handling of retries.
	 * @return the handling of retries
	 */
	public Retry getRetry() {
		return this.retry;
	}

	/**
	 * SSL configuration.
	 */
	public static final class Ssl {

		/**
		 * SSL bundle to use. If not set, "spring.http.clients.ssl.bundle" applies.
		 */
		private final @Nullable String bundle;

		Ssl(@Nullable String bundle) {
			this.bundle = bundle;
		}

		/**
		 * Return the name of the SSL bundle.
		 * @return the name or {@code null} to use that of Boot's HTTP clients
		 */
		public @Nullable String getBundle() {
			return this.bundle;
		}

	}

	/**
	 * Handling of the access token.
	 */
	public static final class Token {

		/**
		 * Hard time limit of one request to the token endpoint.
		 */
		private final Duration timeout;

		/**
		 * Part of a token's life after which it is renewed, from 0.1 to 0.95.
		 */
		private final double refreshAfter;

		/**
		 * Name of a cache of the application's CacheManager in which instances share the
		 * token, encrypted. If not set, nothing is shared.
		 */
		private final @Nullable String cache;

		Token(@DefaultValue("10s") Duration timeout, @DefaultValue("0.75") double refreshAfter,
				@Nullable String cache) {
			this.timeout = PropertyChecks.requirePositive("a55.token.timeout", timeout);
			this.refreshAfter = PropertyChecks.requireBetween("a55.token.refresh-after", refreshAfter, 0.1, 0.95);
			this.cache = PropertyChecks.requireCacheName("a55.token.cache", cache);
		}

		/**
		 * Return the hard time limit of one token request.
		 * @return a positive duration
		 */
		public Duration getTimeout() {
			return this.timeout;
		}

		/**
		 * Return the part of a token's life after which it is renewed.
		 * @return a number from 0.1 to 0.95
		 */
		public double getRefreshAfter() {
			return this.refreshAfter;
		}

		/**
		 * Return the cache in which instances share the token.
		 * @return the name of the cache or {@code null} to share nothing
		 */
		public @Nullable String getCache() {
			return this.cache;
		}

	}

	/**
	 * Handling of retries.
	 */
	public static final class Retry {

		/**
		 * Whether to retry requests after a rate limit, an outage or a lost connection.
		 */
		private final boolean enabled;

		/**
		 * Maximum number of times that a request is sent, including the first time.
		 */
		private final int maxAttempts;

		/**
		 * Longest wait before a retry. A response that asks for more is returned.
		 */
		private final Duration maxWait;

		Retry(@DefaultValue("true") boolean enabled, @DefaultValue("3") int maxAttempts,
				@DefaultValue("10s") Duration maxWait) {
			this.enabled = enabled;
			this.maxAttempts = PropertyChecks.requireAtLeastOne("a55.retry.max-attempts", maxAttempts);
			this.maxWait = PropertyChecks.requirePositive("a55.retry.max-wait", maxWait);
		}

		/**
		 * Return whether requests are retried.
		 * @return whether requests are retried
		 */
		public boolean isEnabled() {
			return this.enabled;
		}

		/**
		 * Return how many times a request is sent at most.
		 * @return the number of attempts, including the first, at least 1
		 */
		public int getMaxAttempts() {
			return this.maxAttempts;
		}

		/**
		 * Return the longest wait before a retry.
		 * @return a positive duration
		 */
		public Duration getMaxWait() {
			return this.maxWait;
		}

	}

}
