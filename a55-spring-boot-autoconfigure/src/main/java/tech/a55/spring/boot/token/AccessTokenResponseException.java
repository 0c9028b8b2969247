package tech.a55.spring.boot.token;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatusCode;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;

/**
 * Thrown if a response of the token endpoint has no usable access token.
 */
@SuppressWarnings("serial")
final class AccessTokenResponseException extends OAuth2AuthorizationException {

	/**
	 * The error code that Spring Security uses for a response without an error code.
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
	 * Whether the endpoint refuses the configuration of the application. Cognito responds
	 * to errors such as {@code invalid_client} with 400 rather than 401.
	 */
	boolean isConfigurationError() {
		return this.status.value() == 400 || this.status.value() == 401;
	}

	@Nullable Duration getRetryAfter() {
		return this.retryAfter;
	}

}
