package tech.a55.spring.boot.token;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatusCode;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;

/**
 * An answer of the token endpoint that holds no usable access token.
 */
@SuppressWarnings("serial")
final class AccessTokenResponseException extends OAuth2AuthorizationException {

	/**
	 * The error code that Spring Security uses for an answer without a code of its own.
	 */
	static final String INVALID_TOKEN_RESPONSE = "invalid_token_response";

	private final HttpStatusCode status;

	private final @Nullable Duration retryAfter;

	AccessTokenResponseException(OAuth2Error error, String message, HttpStatusCode status,
			@Nullable Duration retryAfter) {
		super(error, message);
		this.status = status;
		this.retryAfter = retryAfter;
	}

	/**
	 * Whether the endpoint refuses what the application is configured with. Cognito
	 * answers {@code invalid_client} and the like with 400 rather than 401.
	 */
	boolean isConfigurationError() {
		return this.status.value() == 400 || this.status.value() == 401;
	}

	@Nullable Duration getRetryAfter() {
		return this.retryAfter;
	}

}
