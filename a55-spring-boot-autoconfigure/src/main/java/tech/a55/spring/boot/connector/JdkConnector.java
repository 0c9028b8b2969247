package tech.a55.spring.boot.connector;

import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpTimeoutException;
import java.time.Duration;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.reactive.JdkClientHttpConnectorBuilder;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpResponseDecorator;

/**
 * Connector of the JDK's client.
 */
final class JdkConnector {

	private JdkConnector() {
	}

	static ClientHttpConnector build(JdkClientHttpConnectorBuilder builder, HttpClientSettings settings) {
		ClientHttpConnector connector = builder
			.withHttpClientCustomizer((client) -> client.followRedirects(Redirect.NEVER)
				.cookieHandler(new CookieManager(null, CookiePolicy.ACCEPT_NONE)))
			.build(settings);
		Duration readTimeout = settings.readTimeout();
		return new PublishOnConnector((readTimeout != null) ? limitReading(connector, readTimeout) : connector);
	}

	/**
	 * The read timeout of the JDK's client ends with the headers (JDK-8208693). Without
	 * this limit, the client would wait forever for a body that stalls.
	 */
	private static ClientHttpConnector limitReading(ClientHttpConnector connector, Duration readTimeout) {
		Mono<DataBuffer> stalled = Mono.error(() -> new HttpTimeoutException("The response stalled"));
		return (method, uri, requestCallback) -> connector.connect(method, uri, requestCallback)
			.map((response) -> new ClientHttpResponseDecorator(response) {

				@Override
				public Flux<DataBuffer> getBody() {
					return super.getBody().timeout(readTimeout, stalled);
				}

			});
	}

}
