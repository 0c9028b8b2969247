package tech.a55.spring.boot.token;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.boot.json.JsonParseException;
import org.springframework.boot.json.JsonParser;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ReactiveHttpInputMessage;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.endpoint.DefaultMapOAuth2AccessTokenResponseConverter;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.function.BodyExtractor;

/**
 * Reads the response of the token endpoint
 * (<a href="https://www.rfc-editor.org/rfc/rfc6749#section-5">RFC 6749, section 5</a>),
 * and limits what it accepts. It does not use Spring's codecs, because they log a decoded
 * token response at TRACE.
 */
final class AccessTokenResponseExtractor
		implements BodyExtractor<Mono<OAuth2AccessTokenResponse>, ReactiveHttpInputMessage> {

	private static final int MAX_BODY_SIZE = 64 * 1024;

	private static final int MAX_TOKEN_SIZE = 16 * 1024;

	private static final int MAX_EXCERPT_LENGTH = 200;

	/**
	 * The shortest life that can be configured in Cognito. It is used if a response has
	 * no life.
	 */
	private static final long DEFAULT_LIFE = 300;

	private static final long SHORTEST_LIFE = 5;

	private static final long LONGEST_LIFE = Duration.ofHours(24).toSeconds();

	private final JsonParser jsonParser = JsonParserFactory.getJsonParser();

	private final DefaultMapOAuth2AccessTokenResponseConverter converter = new DefaultMapOAuth2AccessTokenResponseConverter();

	@Override
	public Mono<OAuth2AccessTokenResponse> extract(ReactiveHttpInputMessage message, Context context) {
		Response response = new Response(((ClientHttpResponse) message).getStatusCode(), message.getHeaders());
		return DataBufferUtils.join(message.getBody(), MAX_BODY_SIZE).map((buffer) -> {
			String body = buffer.toString(StandardCharsets.UTF_8);
			DataBufferUtils.release(buffer);
			return body;
		})
			.onErrorMap(DataBufferLimitException.class,
					(ex) -> response.unusable("a body of more than " + MAX_BODY_SIZE + " bytes"))
			.defaultIfEmpty("")
			.map((body) -> read(response, body));
	}

	private OAuth2AccessTokenResponse read(Response response, String body) {
		Map<String, Object> parameters = parse(body);
		if (response.status.value() != 200) {
			throw response.error(parameters, body);
		}
		if (parameters == null) {
			throw response.notJson(body);
		}
		checkTokenType(response, parameters);
		checkToken(response, parameters.get(OAuth2ParameterNames.ACCESS_TOKEN));
		Map<String, Object> sane = new HashMap<>();
		sane.put(OAuth2ParameterNames.ACCESS_TOKEN, parameters.get(OAuth2ParameterNames.ACCESS_TOKEN));
		sane.put(OAuth2ParameterNames.TOKEN_TYPE, OAuth2AccessToken.TokenType.BEARER.getValue());
		sane.put(OAuth2ParameterNames.EXPIRES_IN, life(parameters.get(OAuth2ParameterNames.EXPIRES_IN)));
		if (parameters.get(OAuth2ParameterNames.SCOPE) instanceof String scope && !scope.isBlank()) {
			sane.put(OAuth2ParameterNames.SCOPE, scope);
		}
		return this.converter.convert(sane);
	}

	private @Nullable Map<String, Object> parse(String body) {
		try {
			return this.jsonParser.parseMap(body);
		}
		catch (JsonParseException ex) {
			return null;
		}
	}

	private static void checkTokenType(Response response, Map<String, Object> parameters) {
		Object type = parameters.get(OAuth2ParameterNames.TOKEN_TYPE);
		if (!(type instanceof String name) || !OAuth2AccessToken.TokenType.BEARER.getValue().equalsIgnoreCase(name)) {
			throw response.unusable("a token whose type is not Bearer");
		}
	}

	private static void checkToken(Response response, @Nullable Object token) {
		if (!(token instanceof String value) || value.isEmpty()) {
			throw response.unusable("JSON without an access_token");
		}
		if (value.length() > MAX_TOKEN_SIZE) {
			throw response.unusable("an access_token of more than " + MAX_TOKEN_SIZE + " characters");
		}
		if (!value.chars().allMatch((character) -> character > 0x20 && character < 0x7f)) {
			throw response.unusable("an access_token with a character that no header may hold");
		}
	}

	/**
	 * Return the life in seconds, which may be any JSON value.
	 */
	static long life(@Nullable Object expiresIn) {
		try {
			double seconds = (expiresIn != null) ? Double.parseDouble(expiresIn.toString()) : Double.NaN;
			return (seconds > 0) ? Math.max(SHORTEST_LIFE, Math.min(LONGEST_LIFE, (long) seconds)) : DEFAULT_LIFE;
		}
		catch (NumberFormatException ex) {
			return DEFAULT_LIFE;
		}
	}

	private static String excerpt(String text) {
		StringBuilder excerpt = new StringBuilder();
		text.codePoints()
			.limit(MAX_EXCERPT_LENGTH)
			.forEach((character) -> excerpt.append(Character.isISOControl(character) ? "\\u%04x".formatted(character)
					: Character.toString(character)));
		return excerpt.toString();
	}

	/**
	 * Status and headers of a response, and the exceptions for it. They show nothing of
	 * the body except the error code, because a token can be anywhere in the body, and a
	 * description may repeat the client secret.
	 */
	private static final class Response {

		private final HttpStatusCode status;

		private final HttpHeaders headers;

		Response(HttpStatusCode status, HttpHeaders headers) {
			this.status = status;
			this.headers = headers;
		}

		AccessTokenResponseException error(@Nullable Map<String, Object> parameters, String body) {
			if (parameters == null || !(parameters.get(OAuth2ParameterNames.ERROR) instanceof String code)
					|| !StringUtils.hasText(code)) {
				return (parameters != null) ? unusable("JSON without an error code") : notJson(body);
			}
			String errorCode = excerpt(code);
			return exception(new OAuth2Error(errorCode), "error " + errorCode);
		}

		AccessTokenResponseException notJson(String body) {
			if (body.isBlank()) {
				return unusable("an empty body");
			}
			String type = this.headers.getFirst(HttpHeaders.CONTENT_TYPE);
			return unusable("a body that is no JSON object" + ((type != null) ? " (" + excerpt(type) + ")" : ""));
		}

		AccessTokenResponseException unusable(String what) {
			return exception(new OAuth2Error(AccessTokenResponseException.INVALID_TOKEN_RESPONSE), what);
		}

		private AccessTokenResponseException exception(OAuth2Error error, String what) {
			return new AccessTokenResponseException(error,
					"responded with status " + this.status.value() + " and " + what, this.status,
					RetryAfter.of(this.headers, InstantSource.system()));
		}

	}

}
