package tech.a55.spring.boot.connector;

import java.net.URI;
import java.util.function.Function;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpResponseDecorator;

/**
 * Publishes responses on {@link Schedulers#parallel()}. Libraries other than Reactor
 * Netty pass a response on while they hold its connection, on one of their threads or on
 * the thread of the caller. Code that waited there for another response could wait
 * forever, and nothing would distinguish that thread from one that may wait.
 */
final class PublishOnConnector implements ClientHttpConnector {

	private static final int PREFETCHED_BUFFERS = 16;

	private final ClientHttpConnector connector;

	PublishOnConnector(ClientHttpConnector connector) {
		this.connector = connector;
	}

	@Override
	public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
			Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
		return this.connector.connect(method, uri, requestCallback)
			.flux() // A cancelled Mono would lose a response that is on its way
			.publishOn(Schedulers.parallel())
			.doOnDiscard(ClientHttpResponse.class,
					(response) -> response.getBody().onErrorComplete().subscribe(DataBufferUtils::release).dispose())
			.singleOrEmpty()
			.map(PublishOnConnector::publishBody);
	}

	private static ClientHttpResponse publishBody(ClientHttpResponse response) {
		return new ClientHttpResponseDecorator(response) {

			@Override
			public Flux<DataBuffer> getBody() {
				// HttpComponents may end an empty body before its subscription, which
				// publishOn alone would not pass on
				return Mono.just(getDelegate())
					.hide()
					.flatMapMany(ClientHttpResponse::getBody)
					.publishOn(Schedulers.parallel(), PREFETCHED_BUFFERS)
					.doOnDiscard(DataBuffer.class, DataBufferUtils::release);
			}

		};
	}

}
