package tech.a55.spring.boot.client;

import java.io.IOException;
import java.net.URI;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/**
 * Reports a redirect that is not followed as an error. Otherwise a caller would take it
 * for a success without a body, even for a payment.
 */
final class RedirectErrorHandler {

	private RedirectErrorHandler() {
	}

	static void addTo(WebClient.Builder builder) {
		builder.defaultStatusHandler(RedirectErrorHandler::isRedirect, RedirectErrorHandler::exception);
	}

	static void addTo(RestClient.Builder builder) {
		builder.defaultStatusHandler(RedirectErrorHandler::isRedirect, (request, response) -> {
			throw exception(request, response);
		});
	}

	/**
	 * Not modified (304) is no redirect. It is what a conditional request expects.
	 */
	private static boolean isRedirect(HttpStatusCode status) {
		return status.is3xxRedirection() && status.value() != 304;
	}

	private static Mono<WebClientResponseException> exception(ClientResponse response) {
		HttpRequest request = response.request();
		return response.createException()
			.map((ex) -> new RedirectException(message(ex.getStatusCode(), request, ex.getHeaders()), ex, request));
	}

	@SuppressWarnings("NullAway") // The function may return null
	private static RestClientResponseException exception(HttpRequest request, ClientHttpResponse response)
			throws IOException {
		RestClientResponseException ex = new RestClientResponseException(
				message(response.getStatusCode(), request, response.getHeaders()), response.getStatusCode(),
				response.getStatusText(), response.getHeaders(), response.getBody().readNBytes(Recording.MAX_SIZE),
				null);
		// The converters are not known here, and without a function Spring throws an
		// exception
		ex.setBodyConvertFunction((type) -> null);
		return ex;
	}

	private static String message(HttpStatusCode status, HttpRequest request, HttpHeaders headers) {
		URI target = target(request.getURI(), headers.getFirst(HttpHeaders.LOCATION));
		String message = "%s %s was redirected (status %d) to %s, and the redirect was not followed".formatted(
				request.getMethod(), withoutQuery(request.getURI()), status.value(),
				(target != null) ? withoutQuery(target) : "nowhere");
		boolean slash = target != null && withoutQuery(target).equals(withoutQuery(request.getURI()) + "/");
		return message + (slash ? ". The paths of A55 end in a slash: add it to the path." : ".");
	}

	private static @Nullable URI target(URI uri, @Nullable String location) {
		try {
			return (location != null) ? uri.resolve(location) : null;
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	/**
	 * The query may contain data that must not be logged.
	 */
	private static String withoutQuery(URI uri) {
		return uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath();
	}

	/**
	 * Keeps the message unchanged. Spring would change it, because the status is below
	 * 400.
	 */
	@SuppressWarnings("serial")
	private static final class RedirectException extends WebClientResponseException {

		private final String message;

		@SuppressWarnings("NullAway") // The function may return null
		RedirectException(String message, WebClientResponseException ex, HttpRequest request) {
			super(message, ex.getStatusCode(), ex.getStatusText(), ex.getHeaders(), ex.getResponseBodyAsByteArray(),
					null, request);
			this.message = message;
			setBodyDecodeFunction((type) -> ex.getResponseBodyAs(ParameterizedTypeReference.forType(type.getType())));
		}

		@Override
		public String getMessage() {
			return this.message;
		}

	}

}
