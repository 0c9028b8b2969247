package tech.a55.sample.page;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * Serves the page to clients that accept HTML by name. Browsers do, and {@code curl} does
 * not. Boot's welcome page would be served to both.
 */
@Configuration(proxyBeanMethods = false)
class PageConfiguration {

	@Bean
	RouterFunction<ServerResponse> page(@Value("classpath:page/index.html") Resource page) {
		return RouterFunctions.route(RequestPredicates.GET("/").and(PageConfiguration::asksForHtml),
				(request) -> ServerResponse.ok()
					.contentType(MediaType.TEXT_HTML)
					.header("Content-Security-Policy",
							"default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
					.header("X-Content-Type-Options", "nosniff")
					.header("Referrer-Policy", "no-referrer")
					.bodyValue(page));
	}

	private static boolean asksForHtml(ServerRequest request) {
		return request.headers().accept().stream().anyMatch(MediaType.TEXT_HTML::equalsTypeAndSubtype);
	}

}
