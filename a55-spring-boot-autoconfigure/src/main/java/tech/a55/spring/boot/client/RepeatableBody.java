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
 * The body of one call. Its bytes are recorded when they are first written, so that a
 * retry writes the same bytes. The publisher of the body is never subscribed to twice,
 * because the second time it may emit another payment.
 */
final class RepeatableBody implements BodyInserter<Void, ClientHttpRequest> {

	/**
	 * A larger body is not kept in memory for a retry.
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
	 * Whether the body can be written: it was recorded as a whole, or has not been
	 * written yet.
	 */
	boolean isRepeatable() {
		return this.notedBytes != null || !this.inserted;
	}

	/**
	 * Insert the body, or the recorded bytes if there are any. A connector may insert the
	 * body twice without an error for the caller, if it loses a connection before it has
	 * written anything.
	 */
	@Override
	public Mono<Void> insert(ClientHttpRequest request, Context context) {
		byte[] bytes = this.notedBytes;
		if (bytes != null) {
			return insertNoted(request, bytes);
		}
		if (this.inserted) {
			return Mono.error(new IOException("The request cannot be retried, because its body was not kept"));
		}
		this.inserted = true;
		return this.body.insert(new NotingRequest(request), context);
	}

	/**
	 * Return a request that records the body that is written to it.
	 */
	ClientHttpRequest noting(ClientHttpRequest request) {
		this.inserted = true;
		return new NotingRequest(request);
	}

	/**
	 * Whether the body was written, or is about to be.
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
		 * Record a body that is a single buffer before anything is written. Some
		 * connectors subscribe to the body only after they have connected, and have added
		 * headers by then.
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
