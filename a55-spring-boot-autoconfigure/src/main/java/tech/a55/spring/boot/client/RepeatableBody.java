package tech.a55.spring.boot.client;

import java.io.IOException;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;

/**
 * The body of one call. It is recorded as it is written for the first time, so that a
 * retry writes the same bytes. The publisher of the body is never subscribed to twice,
 * because the second time it may emit another payment.
 */
final class RepeatableBody implements BodyInserter<Void, ClientHttpRequest> {

	private final BodyInserter<?, ? super ClientHttpRequest> body;

	private volatile boolean inserted;

	private volatile @Nullable Recording recording;

	RepeatableBody(BodyInserter<?, ? super ClientHttpRequest> body) {
		this.body = body;
	}

	/**
	 * Whether the body can be written: it was recorded as a whole, or has not been
	 * written yet.
	 */
	boolean isRepeatable() {
		Recording recording = this.recording;
		return (recording != null) ? recording.isComplete() : !this.inserted;
	}

	/**
	 * Release the recorded bytes, because no retry follows and the caller may keep the
	 * response for long.
	 */
	void release() {
		this.recording = null;
	}

	/**
	 * Insert the body, or the recorded bytes if there are any. A connector may insert the
	 * body twice without an error for the caller, if it loses a connection before it has
	 * written anything.
	 */
	@Override
	public Mono<Void> insert(ClientHttpRequest request, Context context) {
		Recording recording = this.recording;
		if (recording != null && recording.isComplete()) {
			return recording.insert(request);
		}
		if (this.inserted) {
			return Mono.error(new IOException("The request cannot be retried, because its body was not kept"));
		}
		ClientHttpRequest recorded = recorded(request);
		return committed(this.body.insert(recorded, context), recorded);
	}

	/**
	 * Return a request that records the body that is written to it.
	 */
	ClientHttpRequest recorded(ClientHttpRequest request) {
		this.inserted = true;
		return new RecordedRequest(request);
	}

	/**
	 * Commit a request to which nothing was written. Otherwise it would be sent without
	 * its headers. Spring's own inserter of no body commits the request itself.
	 */
	Mono<Void> committed(Mono<Void> inserted, ClientHttpRequest request) {
		return (this.body == BodyInserters.empty()) ? inserted
				: inserted.then(Mono.defer(() -> request.isCommitted() ? Mono.empty() : request.setComplete()));
	}

	/**
	 * Whether the body was written, or is about to be.
	 */
	boolean isInserted() {
		return this.inserted;
	}

	private final class RecordedRequest extends ClientHttpRequestDecorator {

		RecordedRequest(ClientHttpRequest delegate) {
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
				return super.writeWith(startRecording().record(body));
			}
			return whole.map(Optional::<DataBuffer>of)
				.defaultIfEmpty(Optional.empty())
				.flatMap((buffer) -> buffer.isPresent() ? writeRecorded(buffer.get()) : setComplete());
		}

		private Mono<Void> writeRecorded(DataBuffer buffer) {
			startRecording().recordWhole(buffer);
			return super.writeWith(Mono.just(buffer).doOnDiscard(DataBuffer.class, DataBufferUtils::release));
		}

		@Override
		public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
			return super.writeAndFlushWith(startRecording().recordAll(body));
		}

		@Override
		public Mono<Void> setComplete() {
			if (!isCommitted()) {
				RepeatableBody.this.recording = Recording.ofNothing(getHeaders());
			}
			return super.setComplete();
		}

		private Recording startRecording() {
			Recording recording = new Recording(getHeaders());
			RepeatableBody.this.recording = recording;
			return recording;
		}

	}

}
