package tech.a55.spring.boot.autoconfigure;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests of the README's recipe "What A55 says about an error".
 */
class ErrorResponseTests {

	private static final ResponseDefinitionBuilder JSON = WireMock.jsonResponse(
			"{\"error\":{\"code\":\"invalid\",\"message\":\"no\",\"details\":[]},\"request_id\":\"r-1\"}", 400);

	private static final ResponseDefinitionBuilder HTML = WireMock.status(403)
		.withHeader(HttpHeaders.CONTENT_TYPE, "text/html")
		.withBody("<html>blocked</html>");

	private static final ResponseDefinitionBuilder NOTHING = WireMock.serverError();

	private static final ResponseDefinitionBuilder REDIRECT = WireMock
		.jsonResponse("{\"error\":\"moved\",\"request_id\":\"r-2\"}", 301)
		.withHeader(HttpHeaders.LOCATION, "/elsewhere");

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	@Test
	void exceptionOfTheWebClientHasTheRequestId() {
		run((context) -> {
			WebClient client = context.getBean(WebClient.class);
			ThrowingCallable call = () -> client.post().uri("charge/").retrieve().toBodilessEntity().block();
			assertThat(requestId(failure(JSON, call, WebClientResponseException.class))).isEqualTo("r-1");
			assertThat(requestId(failure(HTML, call, WebClientResponseException.class))).isNull();
			assertThat(requestId(failure(NOTHING, call, WebClientResponseException.class))).isNull();
			assertThat(requestId(failure(REDIRECT, call, WebClientResponseException.class))).isEqualTo("r-2");
		});
	}

	@Test
	void exceptionOfTheRestClientHasTheRequestId() {
		run((context) -> {
			RestClient client = context.getBean(RestClient.class);
			ThrowingCallable call = () -> client.post().uri("charge/").retrieve().toBodilessEntity();
			assertThat(requestId(failure(JSON, call, RestClientResponseException.class))).isEqualTo("r-1");
			assertThat(requestId(failure(HTML, call, RestClientResponseException.class))).isNull();
			assertThat(requestId(failure(NOTHING, call, RestClientResponseException.class))).isNull();
			assertThat(requestId(failure(REDIRECT, call, RestClientResponseException.class))).isNull();
		});
	}

	private static void run(ContextConsumer<AssertableApplicationContext> consumer) {
		TestA55.contextRunner(server).withPropertyValues("a55.rest-client.enabled=true").run(consumer);
	}

	private static <E extends Throwable> E failure(ResponseDefinitionBuilder response, ThrowingCallable call,
			Class<E> type) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.post("/api/v1/charge/").willReturn(response));
		E failure = catchThrowableOfType(type, call);
		assertThat(failure).isNotNull();
		return failure;
	}

	private static @Nullable String requestId(WebClientResponseException ex) {
		if (!MediaType.APPLICATION_JSON.isCompatibleWith(ex.getHeaders().getContentType())) {
			return null;
		}
		JsonNode body = ex.getResponseBodyAs(JsonNode.class);
		return (body != null) ? body.path("request_id").asString(null) : null;
	}

	private static @Nullable String requestId(RestClientResponseException ex) {
		HttpHeaders headers = ex.getResponseHeaders();
		if (headers == null || !MediaType.APPLICATION_JSON.isCompatibleWith(headers.getContentType())) {
			return null;
		}
		JsonNode body = ex.getResponseBodyAs(JsonNode.class);
		return (body != null) ? body.path("request_id").asString(null) : null;
	}

}
