package tech.a55.spring.boot.connector;

import java.net.CookieManager;
import java.net.http.HttpClient.Redirect;
import java.util.List;

import org.apache.hc.client5.http.cookie.BasicCookieStore;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.client5.http.impl.DefaultRedirectStrategy;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.util.TimeValue;
import org.eclipse.jetty.http.HttpCookieStore;

import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;

/**
 * The builders of an application that has switched on whatever carries a request, or
 * something of it, elsewhere or sends it a second time.
 */
final class CustomizedBuilders {

	private CustomizedBuilders() {
	}

	static ClientHttpConnectorBuilder<?> builder(Connector connector) {
		return switch (connector) {
			case REACTOR -> ClientHttpConnectorBuilder.reactor()
				.withHttpClientCustomizer((client) -> client.followRedirect(true).disableRetry(false));
			case JDK -> ClientHttpConnectorBuilder.jdk()
				.withHttpClientCustomizer(
						(client) -> client.followRedirects(Redirect.ALWAYS).cookieHandler(new CookieManager()));
			case JETTY -> ClientHttpConnectorBuilder.jetty().withHttpClientCustomizer((client) -> {
				client.setFollowRedirects(true);
				client.setHttpCookieStore(new HttpCookieStore.Default());
			});
			case HTTP_COMPONENTS -> ClientHttpConnectorBuilder.httpComponents()
				.withHttpClientCustomizer((client) -> client.setRedirectStrategy(DefaultRedirectStrategy.INSTANCE)
					.setDefaultCookieStore(new BasicCookieStore())
					.setRetryStrategy(new RetryOfEverything()));
		};
	}

	private static final class RetryOfEverything extends DefaultHttpRequestRetryStrategy {

		RetryOfEverything() {
			super(3, TimeValue.ofMilliseconds(1), List.of(), List.of(503));
		}

		@Override
		protected boolean handleAsIdempotent(HttpRequest request) {
			return true;
		}

	}

}
