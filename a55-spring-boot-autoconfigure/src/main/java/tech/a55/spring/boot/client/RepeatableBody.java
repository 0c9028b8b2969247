package tech.a55.spring.boot.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;
import org.springframework.web.reactive.function.BodyInserter;

/**
 * The body of one call, noted as it is written first, so that the same bytes can be
 * written again. Nothing is subscribed to twice: what a publisher says the second time
 * may be another payment.
 */
final class RepeatableBody implements BodyInserter<Void, ClientHttpRequest> {

	/**
	 * A larger body is not kept in memory for the case that it has to be sent again.
	 */
	private static final int MAX_NOTED_SIZE = 256 * 1024;

	private static final byte[] EMPTY = {};

	private final BodyInserter<?, ? super ClientHttpRequest> body;

	private volatile boolean inserted;

	private volatile byte @Nullable [] notedBytes;

	private volatile @Nullable HttpHeaders notedHeaders;

	private volatile boolean notedContentType;

	RepeatableBody(BodyInserter<?, ? super ClientHttpRequest> body) {
		this.body = body;
	}

	/**
	 * Whether the body was written as a whole and can be so again, or not written yet.
	 */
	boolean isRepeatable() {
		return this.notedBytes != null || !this.inserted;
	}

	/**
	 * Insert the body, or the noted bytes if there are any. A connector may ask again
	 * without a word to the caller, when a connection is lost before anything went out.
	 */
	@Override
	public Mono<Void> insert(ClientHttpRequest request, Context context) {
		byte[] bytes = this.notedBytes;
		if (bytes != null) {
			return insertNoted(request, bytes);
		}
		if (this.inserted) {
			return Mono.error(new IOException("The body of the request cannot be sent again"));
		}
		this.inserted = true;
		return this.body.insert(new NotingRequest(request), context);
	}

	/**
	 * Return a request for the body to be written to, which notes it.
	 */
	ClientHttpRequest noting(ClientHttpRequest request) {
		this.inserted = true;
		return new NotingRequest(request);
	}

	/**
	 * Whether it was written, or is about to be.
	 */
	boolean isInserted() {
		return this.inserted;
	}

	private Mono<Void> insertNoted(ClientHttpRequest request, byte[] bytes) {
		HttpHeaders headers = this.notedHeaders;
		if (headers == null) {
			if (!this.notedContentType) {
				request.getHeaders().remove(HttpHeaders.CONTENT_TYPE);
			}
			return request.setComplete();
		}
		headers.forEach(request.getHeaders()::putIfAbsent);
		return request.writeWith(Mono.fromSupplier(() -> request.bufferFactory().wrap(bytes)));
	}

	private final class NotingRequest extends ClientHttpRequestDecorator {

		NotingRequest(ClientHttpRequest delegate) {
			super(delegate);
		}

		/**
		 * Note a body that comes as a whole before anything is written: some connectors
		 * subscribe to what is written only when they are connected, and add to the
		 * headers then.
		 */
		@Override
		public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
			if (!(body instanceof Mono<? extends DataBuffer> whole)) {
				return super.writeWith(body);
			}
			return whole.map(Optional::<DataBuffer>of)
				.defaultIfEmpty(Optional.empty())
				.flatMap((buffer) -> buffer.isPresent() ? writeNoted(buffer.get()) : setComplete());
		}

		private Mono<Void> writeNoted(DataBuffer buffer) {
			note(buffer);
			return super.writeWith(Mono.just(buffer).doOnDiscard(DataBuffer.class, DataBufferUtils::release));
		}

		@Override
		public Mono<Void> setComplete() {
			if (!isCommitted()) {
				RepeatableBody.this.notedContentType = getHeaders().containsHeader(HttpHeaders.CONTENT_TYPE);
				RepeatableBody.this.notedBytes = EMPTY;
			}
			return super.setComplete();
		}

		private void note(DataBuffer buffer) {
			int size = buffer.readableByteCount();
			if (size <= MAX_NOTED_SIZE) {
				byte[] bytes = new byte[size];
				buffer.toByteBuffer(ByteBuffer.wrap(bytes));
				HttpHeaders headers = HttpHeaders.copyOf(getHeaders());
				headers.remove(HttpHeaders.AUTHORIZATION);
				RepeatableBody.this.notedHeaders = headers;
				RepeatableBody.this.notedBytes = bytes;
			}
		}

	}

}
