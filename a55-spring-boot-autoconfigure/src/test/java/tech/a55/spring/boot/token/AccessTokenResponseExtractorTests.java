package tech.a55.spring.boot.token;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.codec.HttpMessageReader;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.mock.http.client.reactive.MockClientHttpResponse;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.web.reactive.function.BodyExtractor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link AccessTokenResponseExtractor}.
 */
class AccessTokenResponseExtractorTests {

	private static final BodyExtractor.Context CONTEXT = new BodyExtractor.Context() {

		@Override
		public List<HttpMessageReader<?>> messageReaders() {
			return List.of();
		}

		@Override
		public Optional<ServerHttpResponse> serverResponse() {
			return Optional.empty();
		}

		@Override
		public Map<String, Object> hints() {
			return Map.of();
		}

	};

	private final AccessTokenResponseExtractor extractor = new AccessTokenResponseExtractor();

	@Test
	void readsATokenResponse() {
		OAuth2AccessToken token = extract(
				"{\"access_token\":\"abc.def-_~+/=\",\"expires_in\":3600,\"token_type\":\"bearer\",\"scope\":\"a b\",\"x\":{}}");
		assertThat(token.getTokenValue()).isEqualTo("abc.def-_~+/=");
		assertThat(token.getTokenType()).isEqualTo(OAuth2AccessToken.TokenType.BEARER);
		assertThat(token.getScopes()).containsExactlyInAnyOrder("a", "b");
		assertThat(life(token)).isEqualTo(Duration.ofHours(1));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			3600                          | 3600
			"3600"                        | 3600
			3600.0                        | 3600
			"3600.9"                      | 3600
			null                          | 300
			0                             | 300
			-1                            | 300
			"NaN"                         | 300
			"-Infinity"                   | 300
			"soon"                        | 300
			""                            | 300
			true                          | 300
			[]                            | 300
			{}                            | 300
			1                             | 5
			0.5                           | 5
			4.9                           | 5
			5                             | 5
			86400                         | 86400
			86401                         | 86400
			9223372036854775807           | 86400
			92233720368547758079999       | 86400
			1e400                         | 86400
			"Infinity"                    | 86400
			""")
	void readsAnyLifeAsASaneOne(String json, long seconds) {
		OAuth2AccessToken token = extract(
				"{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":" + json + "}");
		assertThat(life(token)).isEqualTo(Duration.ofSeconds(seconds));
	}

	@Test
	void readsAMissingLifeAsTheShortestThatCognitoCanBeSetTo() {
		assertThat(life(extract("{\"access_token\":\"abc\",\"token_type\":\"Bearer\"}")))
			.isEqualTo(Duration.ofMinutes(5));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "null", "[]", "\"text\"", "42", "<html>blocked</html>", "{", "{\"access_token\":",
			"{}", "{\"access_token\":\"abc\"}", "{\"access_token\":\"abc\",\"token_type\":\"DPoP\"}",
			"{\"access_token\":\"abc\",\"token_type\":\"mac\"}", "{\"access_token\":\"abc\",\"token_type\":null}",
			"{\"access_token\":null,\"token_type\":\"Bearer\"}", "{\"access_token\":\"\",\"token_type\":\"Bearer\"}",
			"{\"access_token\":42,\"token_type\":\"Bearer\"}", "{\"access_token\":\"a b\",\"token_type\":\"Bearer\"}",
			"{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"Bearer\"}",
			"{\"access_token\":\"\\u007f\",\"token_type\":\"Bearer\"}",
			"{\"access_token\":\"\\u00e4\",\"token_type\":\"Bearer\"}", "{\"error\":\"invalid_client\"}" })
	void refusesAnAnswerWithoutAUsableToken(String body) {
		AccessTokenResponseException ex = extractFailing(200, body, new HttpHeaders());
		assertThat(ex).hasMessageStartingWith("responded with status 200 and ");
		assertThat(ex.isConfigurationError()).isFalse();
	}

	@Test
	void refusesATokenOfMoreThan16Kibibytes() {
		String longest = "a".repeat(16 * 1024);
		assertThat(extract("{\"access_token\":\"" + longest + "\",\"token_type\":\"Bearer\"}").getTokenValue())
			.isEqualTo(longest);
		assertThat(extractFailing(200, "{\"access_token\":\"a" + longest + "\",\"token_type\":\"Bearer\"}",
				new HttpHeaders()))
			.hasMessageContaining("more than 16384 characters");
	}

	@Test
	void refusesABodyOfMoreThan64Kibibytes() {
		String padding = " ".repeat(64 * 1024);
		assertThat(extractFailing(200, padding + "{\"access_token\":\"abc\",\"token_type\":\"Bearer\"}",
				new HttpHeaders()))
			.hasMessageContaining("more than 65536 bytes");
	}

	@ParameterizedTest
	@ValueSource(ints = { 201, 204, 302, 307, 403, 405, 429, 500, 503 })
	void refusesAnyOtherStatus(int status) {
		AccessTokenResponseException ex = extractFailing(status,
				"{\"access_token\":\"abc\",\"expires_in\":3600,\"token_type\":\"Bearer\"}", new HttpHeaders());
		assertThat(ex).hasMessage("responded with status " + status + " and JSON without an error code");
		assertThat(ex.isConfigurationError()).isFalse();
	}

	@Test
	void tellsTheErrorCodeOfTheEndpoint() {
		AccessTokenResponseException ex = extractFailing(400, "{\"error\":\"invalid_client\"}", new HttpHeaders());
		assertThat(ex.getError().getErrorCode()).isEqualTo("invalid_client");
		assertThat(ex).hasMessage("responded with status 400 and error invalid_client");
		assertThat(ex.isConfigurationError()).isTrue();
		AccessTokenResponseException unauthorized = extractFailing(401, "{\"error\":\"line\\nbreak\"}",
				new HttpHeaders());
		assertThat(unauthorized).hasMessage("responded with status 401 and error line\\u000abreak");
		assertThat(unauthorized.isConfigurationError()).isTrue();
	}

	@Test
	void tellsTheTypeOfABodyThatIsNotJson() {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.CONTENT_TYPE, "text/html");
		assertThat(extractFailing(403, "<html>blocked</html>", headers))
			.hasMessage("responded with status 403 and a body that is no JSON object (text/html)");
		assertThat(extractFailing(403, "blocked", new HttpHeaders()))
			.hasMessage("responded with status 403 and a body that is no JSON object");
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"access_token\":\"SECRET", "[\"SECRET\"]", "\"SECRET\"", "Bearer SECRET",
			"<html>SECRET</html>", "{\"error\":\"invalid_client\",\"error_description\":\"SECRET\"}",
			"{\"access_token\":\"SECRET\"}" })
	void showsNothingOfABodyButTheErrorCode(String body) {
		for (int status : new int[] { 200, 400, 500 }) {
			AccessTokenResponseException ex = extractFailing(status, body, new HttpHeaders());
			assertThat(ex).message().doesNotContain("SECRET");
			assertThat(ex.getError().toString()).doesNotContain("SECRET");
		}
	}

	@Test
	void tellsWhatTheEndpointAsksToWait() {
		assertThat(retryAfter("120")).isEqualTo(Duration.ofMinutes(2));
		assertThat(retryAfter("soon")).isNull();
	}

	private @Nullable Duration retryAfter(String value) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.RETRY_AFTER, value);
		return extractFailing(429, "", headers).getRetryAfter();
	}

	private OAuth2AccessToken extract(String body) {
		return Objects.requireNonNull(this.extractor.extract(response(200, body, new HttpHeaders()), CONTEXT).block())
			.getAccessToken();
	}

	private AccessTokenResponseException extractFailing(int status, String body, HttpHeaders headers) {
		return assertThatExceptionOfType(AccessTokenResponseException.class)
			.isThrownBy(() -> this.extractor.extract(response(status, body, headers), CONTEXT).block())
			.actual();
	}

	private static MockClientHttpResponse response(int status, String body, HttpHeaders headers) {
		MockClientHttpResponse response = new MockClientHttpResponse(HttpStatus.valueOf(status));
		response.getHeaders().putAll(headers);
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		DataBuffer buffer = DefaultDataBufferFactory.sharedInstance.wrap(bytes);
		response.setBody((bytes.length > 0) ? Flux.just(buffer) : Flux.empty());
		return response;
	}

	private static Duration life(OAuth2AccessToken token) {
		return Duration.between(Objects.requireNonNull(token.getIssuedAt()),
				Objects.requireNonNull(token.getExpiresAt()));
	}

}
