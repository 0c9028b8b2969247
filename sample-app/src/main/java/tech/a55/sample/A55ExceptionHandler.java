package tech.a55.sample;

import java.util.Set;

import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.reactive.result.method.annotation.ResponseEntityExceptionHandler;

/**
 * Returns a problem detail with the error response of A55, or with the reason why there
 * is none.
 */
@RestControllerAdvice
final class A55ExceptionHandler extends ResponseEntityExceptionHandler {

	/**
	 * With these, A55 refuses the application, not the caller of the application.
	 */
	private static final Set<HttpStatusCode> REFUSALS = Set.of(HttpStatus.UNAUTHORIZED, HttpStatus.FORBIDDEN);

	@ExceptionHandler
	ProblemDetail handle(WebClientResponseException ex) {
		HttpStatusCode status = ex.getStatusCode();
		boolean callersFault = status.is4xxClientError() && !REFUSALS.contains(status);
		ProblemDetail problem = problem(callersFault ? status : HttpStatus.BAD_GATEWAY, "A55 responded with an error",
				ex);
		problem.setProperty("response", ex.getResponseBodyAsString());
		return problem;
	}

	@ExceptionHandler
	ProblemDetail handle(WebClientRequestException ex) {
		return problem(HttpStatus.BAD_GATEWAY, "A55 cannot be reached", ex);
	}

	@ExceptionHandler
	ProblemDetail handle(ClientAuthorizationException ex) {
		return problem(HttpStatus.BAD_GATEWAY, "No access token for A55", ex);
	}

	private static ProblemDetail problem(HttpStatusCode status, String title, Exception ex) {
		ProblemDetail problem = ProblemDetail.forStatus(status);
		problem.setTitle(title);
		problem.setDetail(ex.getMessage());
		return problem;
	}

}
