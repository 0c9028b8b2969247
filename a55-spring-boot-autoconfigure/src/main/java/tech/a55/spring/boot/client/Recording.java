package tech.a55.spring.boot.client;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpRequest;

/**
 * The bytes of a body, recorded while they are written, and the headers that came with
 * it. A body that is too large, or was not written to its end, is never complete.
 */
final class Recording {

	/**
	 * A larger body is not kept in memory for a retry.
	 */
	static final int MAX_SIZE = 256 * 1024;

	private static final Recording NOTHING = new Recording(false);

	private static final Recording NOTHING_WITH_CONTENT_TYPE = new Recording(true);

	private final @Nullable HttpHeaders headers;

	private final boolean contentType;

	private volatile byte @Nullable [] bytes;

	/**
	 * Start the recording of a body.
	 * @param headers the headers of the request, without its token
	 */
	Recording(HttpHeaders headers) {
		this.headers = HttpHeaders.copyOf(headers);
		this.headers.remove(HttpHeaders.AUTHORIZATION);
		this.contentType = true;
	}

	private Recording(boolean contentType) {
		this.headers = null;
		this.contentType = contentType;
		this.bytes = new byte[0];
	}

	/**
	 * Return the recording of a request without a body.
	 */
	static Recording ofNothing(HttpHeaders headers) {
		return headers.containsHeader(HttpHeaders.CONTENT_TYPE) ? NOTHING_WITH_CONTENT_TYPE : NOTHING;
	}

	boolean isComplete() {
		return this.bytes != null;
	}

	/**
	 * Write the recorded body to another request.
	 */
	Mono<Void> insert(ClientHttpRequest request) {
		byte[] bytes = this.bytes;
		if (this.headers == null || bytes == null) {
			if (!this.contentType) {
				request.getHeaders().remove(HttpHeaders.CONTENT_TYPE);
			}
			return request.setComplete();
		}
		this.headers.forEach(request.getHeaders()::putIfAbsent);
		return request.writeWith(Mono.fromSupplier(() -> request.bufferFactory().wrap(bytes)));
	}

	void recordWhole(DataBuffer buffer) {
		if (buffer.readableByteCount() <= MAX_SIZE) {
			this.bytes = bytes(buffer);
		}
	}

	Flux<DataBuffer> record(Publisher<? extends DataBuffer> body) {
		Tape tape = new Tape();
		return Flux.<DataBuffer>from(body).doOnNext(tape::add).doOnComplete(tape::end);
	}

	Flux<Publisher<DataBuffer>> recordAll(Publisher<? extends Publisher<? extends DataBuffer>> body) {
		Tape tape = new Tape();
		return Flux.from(body).<Publisher<DataBuffer>>map((part) -> {
			tape.begin();
			return Flux.<DataBuffer>from(part).doOnNext(tape::add).doOnComplete(tape::end);
		}).doOnComplete(tape::end);
	}

	private static byte[] bytes(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.toByteBuffer(ByteBuffer.wrap(bytes));
		return bytes;
	}

	/**
	 * What has been written so far. The body is complete when all its parts have ended,
	 * and the body itself.
	 */
	private final class Tape {

		private final AtomicInteger unfinished = new AtomicInteger(1);

		private @Nullable ByteArrayOutputStream written = new ByteArrayOutputStream();

		void begin() {
			this.unfinished.incrementAndGet();
		}

		void add(DataBuffer buffer) {
			ByteArrayOutputStream written = this.written;
			if (written != null) {
				boolean fits = written.size() + buffer.readableByteCount() <= MAX_SIZE;
				this.written = fits ? written : null;
				if (fits) {
					written.writeBytes(bytes(buffer));
				}
			}
		}

		void end() {
			ByteArrayOutputStream written = this.written;
			if (this.unfinished.decrementAndGet() == 0 && written != null) {
				Recording.this.bytes = written.toByteArray();
			}
		}

	}

}
