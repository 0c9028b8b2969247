package tech.a55.spring.boot.token;

import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;
import org.springframework.web.reactive.function.BodyInserter;

/**
 * Writes the {@code Authorization} header together with the body of a request.
 * <p>
 * That is the last moment before the request goes out: no filter, log or observation
 * finds the token in the {@code ClientRequest}, and what is checked is the URI that is
 * called indeed. The body is noted as it is written, so that the same bytes can be sent
 * again; nothing is subscribed to twice.
 */
final class AuthorizedBody implements BodyInserter<Void, ClientHttpRequest> {

	/**
	 * A larger body is not kept in memory for the case that it has to be sent again.
	 */
	private static final int MAX_NOTED_SIZE = 256 * 1024;

	private static final byte[] EMPTY = {};

	private final BodyInserter<?, ? super ClientHttpRequest> body;

	private final BearerTokenExchangeFilterFunction filter;

	private final CachedAccessToken token;

	private volatile byte @Nullable [] notedBytes;

	private volatile @Nullable HttpHeaders notedHeaders;

	private volatile boolean notedContentType;

	AuthorizedBody(BodyInserter<?, ? super ClientHttpRequest> body, BearerTokenExchangeFilterFunction filter,
			CachedAccessToken token) {
		this.body = body;
		this.filter = filter;
		this.token = token;
	}

	@Override
	public Mono<Void> insert(ClientHttpRequest request, Context context) {
		this.filter.checkOrigin(request.getURI());
		request.getHeaders().set(HttpHeaders.AUTHORIZATION, this.token.authorization());
		return this.body.insert(new NotingRequest(request), context);
	}

	/**
	 * Whether the body was written as a whole, and can be so again.
	 */
	boolean isRepeatable() {
		return this.notedBytes != null;
	}

	/**
	 * Return the same body for another token.
	 */
	AuthorizedBody withToken(CachedAccessToken token) {
		return new AuthorizedBody(this::insertNoted, this.filter, token);
	}

	private Mono<Void> insertNoted(ClientHttpRequest request, Context context) {
		HttpHeaders headers = this.notedHeaders;
		byte[] bytes = this.notedBytes;
		if (bytes == null || headers == null) {
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

		@Override
		public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
			if (!(body instanceof Mono<? extends DataBuffer> whole)) {
				return super.writeWith(body);
			}
			return super.writeWith(whole.doOnNext(this::note));
		}

		@Override
		public Mono<Void> setComplete() {
			if (!isCommitted()) {
				AuthorizedBody.this.notedContentType = getHeaders().containsHeader(HttpHeaders.CONTENT_TYPE);
				AuthorizedBody.this.notedBytes = EMPTY;
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
				AuthorizedBody.this.notedHeaders = headers;
				AuthorizedBody.this.notedBytes = bytes;
			}
		}

	}

}
