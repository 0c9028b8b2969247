package tech.a55.spring.boot.client;

import java.net.URI;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.reactive.function.client.support.WebClientAdapter;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests for {@link RedirectErrorHandler} with each kind of client.
 */
class RedirectErrorHandlerTests {

	private static final String SLASH = "POST https://api.example.com/v1/charge was redirected (status 301) to "
			+ "https://api.example.com/v1/charge/, and the redirect was not followed. "
			+ "The paths of A55 end in a slash: add it to the path.";

	private final ExchangeFunction api = (request) -> Mono.just(ClientResponse.create(this.status)
		.request(new Request(request.method(), request.url()))
		.headers((headers) -> headers.set("Location", this.location))
		.body("moved")
		.build());

	private final WebClient webClient = webClient(this.api);

	private final RestClient restClient = restClient(this.api);

	private HttpStatusCode status = HttpStatus.MOVED_PERMANENTLY;

	private String location = "/v1/charge/?customer=secret";

	@Test
	void webClientReportsARedirectAsAnError() {
		assertThatException()
			.isThrownBy(() -> this.webClient.post().uri("/v1/charge?a=b").retrieve().bodyToMono(String.class).block())
			.isInstanceOfSatisfying(WebClientResponseException.class, (ex) -> {
				assertThat(ex).hasMessage(SLASH);
				assertThat(ex.getStatusCode()).isEqualTo(this.status);
				assertThat(ex.getResponseBodyAsString()).isEqualTo("moved");
				assertThat(ex.getHeaders().getLocation()).hasToString(this.location);
				assertThat(Objects.requireNonNull(ex.getRequest()).getURI()).hasPath("/v1/charge");
			});
	}

	@Test
	void restClientReportsARedirectAsAnError() {
		assertThatException()
			.isThrownBy(() -> this.restClient.post().uri("/v1/charge?a=b").retrieve().toBodilessEntity())
			.isInstanceOfSatisfying(RestClientResponseException.class, (ex) -> {
				assertThat(ex).hasMessage(SLASH);
				assertThat(ex.getStatusCode()).isEqualTo(this.status);
				assertThat(ex.getResponseBodyAsString()).isEqualTo("moved");
			});
	}

	@ParameterizedTest
	@MethodSource("factories")
	void interfacesReportARedirectAsAnError(HttpServiceProxyFactory.Builder factory) {
		Charges charges = factory.build().createClient(Charges.class);
		assertThatException().isThrownBy(charges::create).withMessageStartingWith("POST https://api.example.com");
	}

	static Stream<HttpServiceProxyFactory.Builder> factories() {
		RedirectErrorHandlerTests tests = new RedirectErrorHandlerTests();
		return Stream.of(HttpServiceProxyFactory.builderFor(WebClientAdapter.create(tests.webClient)),
				HttpServiceProxyFactory.builderFor(RestClientAdapter.create(tests.restClient)));
	}

	@Test
	void doesNotSpeakOfASlashIfThatIsNotTheDifference() {
		this.location = "https://other.example.com/charge";
		assertThatException()
			.isThrownBy(() -> this.webClient.get().uri("/v1/charge").retrieve().toBodilessEntity().block())
			.withMessage("GET https://api.example.com/v1/charge was redirected (status 301) to "
					+ "https://other.example.com/charge, and the redirect was not followed.");
	}

	@Test
	void reportsARedirectThatLeadsNowhere() {
		this.location = "https://[/";
		assertThatException().isThrownBy(() -> this.restClient.get().uri("/v1/charge").retrieve().toBodilessEntity())
			.withMessageContaining("to nowhere");
	}

	@Test
	void exchangesSeeTheResponseAsItIs() {
		assertThat(this.webClient.get()
			.uri("/v1/charge")
			.exchangeToMono((response) -> Mono.just(response.statusCode()))
			.block()).isEqualTo(this.status);
		assertThat(this.restClient.get()
			.uri("/v1/charge")
			.<HttpStatusCode>exchange((request, response) -> response.getStatusCode())).isEqualTo(this.status);
	}

	@Test
	void notModifiedIsNoRedirect() {
		this.status = HttpStatus.NOT_MODIFIED;
		assertThat(Objects.requireNonNull(this.webClient.get().uri("/v1/charge").retrieve().toBodilessEntity().block())
			.getStatusCode()).isEqualTo(this.status);
		assertThat(this.restClient.get().uri("/v1/charge").retrieve().toBodilessEntity().getStatusCode())
			.isEqualTo(this.status);
	}

	private static WebClient webClient(ExchangeFunction api) {
		WebClient.Builder builder = WebClient.builder().baseUrl("https://api.example.com").exchangeFunction(api);
		RedirectErrorHandler.addTo(builder);
		return builder.build();
	}

	private static RestClient restClient(ExchangeFunction api) {
		RestClient.Builder builder = RestClient.builder()
			.baseUrl("https://api.example.com")
			.requestFactory(new ExchangeClientHttpRequestFactory(api, TokenSimulation.ACCOUNT));
		RedirectErrorHandler.addTo(builder);
		return builder.build();
	}

	interface Charges {

		@PostExchange("/v1/charge")
		String create();

	}

	private record Request(HttpMethod method, URI url) implements HttpRequest {

		@Override
		public HttpMethod getMethod() {
			return this.method;
		}

		@Override
		public URI getURI() {
			return this.url;
		}

		@Override
		public Map<String, Object> getAttributes() {
			return Map.of();
		}

		@Override
		public HttpHeaders getHeaders() {
			return new HttpHeaders();
		}

	}

}
