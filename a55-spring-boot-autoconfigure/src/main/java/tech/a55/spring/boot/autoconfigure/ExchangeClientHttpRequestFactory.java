package tech.a55.spring.boot.autoconfigure;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.Iterator;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.AbstractClientHttpRequest;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.util.Assert;
import org.springframework.util.FastByteArrayOutputStream;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * Lets a blocking client make its requests with an {@link ExchangeFunction}: token,
 * retries and connections are those of the WebClient. Request bodies are kept in memory,
 * response bodies are streamed. Thread-safe.
 */
final class ExchangeClientHttpRequestFactory implements ClientHttpRequestFactory {

	private static final int PREFETCHED_BUFFERS = 16;

	private static final int MAX_DRAINED_SIZE = 64 * 1024;

	private final ExchangeFunction exchangeFunction;

	ExchangeClientHttpRequestFactory(ExchangeFunction exchangeFunction) {
		this.exchangeFunction = exchangeFunction;
	}

	@Override
	public ClientHttpRequest createRequest(URI uri, HttpMethod method) {
		return new Request(this.exchangeFunction, uri, method);
	}

	private static IOException asIOException(RuntimeException ex) {
		Throwable cause = (ex instanceof WebClientRequestException) ? ex.getCause() : Exceptions.unwrap(ex);
		if (cause instanceof InterruptedException) {
			Thread.currentThread().interrupt();
			return (IOException) new InterruptedIOException("Interrupted").initCause(cause);
		}
		return (cause instanceof IOException io) ? io : new IOException(ex.getMessage(), ex);
	}

	private static final class Request extends AbstractClientHttpRequest {

		private final ExchangeFunction exchangeFunction;

		private final URI uri;

		private final HttpMethod method;

		private final FastByteArrayOutputStream body = new FastByteArrayOutputStream(1024);

		Request(ExchangeFunction exchangeFunction, URI uri, HttpMethod method) {
			this.exchangeFunction = exchangeFunction;
			this.uri = uri;
			this.method = method;
		}

		@Override
		public URI getURI() {
			return this.uri;
		}

		@Override
		public HttpMethod getMethod() {
			return this.method;
		}

		@Override
		protected OutputStream getBodyInternal(HttpHeaders headers) {
			return this.body;
		}

		@Override
		protected ClientHttpResponse executeInternal(HttpHeaders headers) throws IOException {
			Assert.state(!Schedulers.isInNonBlockingThread(),
					() -> "The A55 RestClient waits for its answer, and was called on the event loop thread '"
							+ Thread.currentThread().getName() + "': use the WebClient bean 'a55WebClient' there");
			byte[] bytes = this.body.toByteArrayUnsafe();
			if (bytes.length > 0 && headers.getContentLength() < 0) {
				headers.setContentLength(bytes.length);
			}
			ClientRequest request = ClientRequest.create(this.method, this.uri)
				.headers((target) -> target.putAll(headers))
				.body((bytes.length > 0) ? inserter(bytes) : BodyInserters.empty())
				.build();
			return new Response(await(this.exchangeFunction.exchange(request)));
		}

		private static BodyInserter<?, org.springframework.http.client.reactive.ClientHttpRequest> inserter(
				byte[] bytes) {
			return (outgoing, context) -> outgoing
				.writeWith(Mono.fromSupplier(() -> outgoing.bufferFactory().wrap(bytes)));
		}

		private static ClientResponse await(Mono<ClientResponse> response) throws IOException {
			try {
				return response.blockOptional().orElseThrow(() -> new IOException("There is no response"));
			}
			catch (WebClientRequestException ex) {
				throw asIOException(ex);
			}
			catch (RuntimeException ex) {
				if (Exceptions.unwrap(ex) instanceof InterruptedException) {
					throw asIOException(ex);
				}
				throw ex;
			}
		}

	}

	private static final class Response implements ClientHttpResponse {

		private final ClientResponse response;

		private @Nullable Body body;

		Response(ClientResponse response) {
			this.response = response;
		}

		@Override
		public HttpStatusCode getStatusCode() {
			return this.response.statusCode();
		}

		@Override
		public String getStatusText() {
			HttpStatus status = HttpStatus.resolve(this.response.statusCode().value());
			return (status != null) ? status.getReasonPhrase() : "";
		}

		@Override
		public HttpHeaders getHeaders() {
			return this.response.headers().asHttpHeaders();
		}

		@Override
		public InputStream getBody() {
			Body body = this.body;
			if (body == null) {
				body = new Body(this.response.body(BodyExtractors.toDataBuffers()));
				this.body = body;
			}
			return body;
		}

		/**
		 * Read what is left, unless that is a lot, so that the connection can be used
		 * again.
		 */
		@Override
		public void close() {
			try (InputStream body = getBody()) {
				body.skipNBytes(MAX_DRAINED_SIZE);
			}
			catch (IOException ex) {
				// At the end, or the connection is gone, and so is the response
			}
		}

	}

	/**
	 * Unlike the stream of Spring's {@code DataBufferUtils}, this one ends when its
	 * reader is interrupted, and throws what went wrong as an {@link IOException}: no
	 * {@link EOFException}, which Spring's RestClient takes for an empty answer.
	 */
	private static final class Body extends InputStream {

		private final Stream<byte[]> stream;

		private final Iterator<byte[]> chunks;

		private ByteArrayInputStream chunk = new ByteArrayInputStream(new byte[0]);

		Body(Flux<DataBuffer> buffers) {
			this.stream = buffers.map(Body::bytes).toStream(PREFETCHED_BUFFERS);
			this.chunks = this.stream.iterator();
		}

		private static byte[] bytes(DataBuffer buffer) {
			byte[] bytes = new byte[buffer.readableByteCount()];
			buffer.read(bytes);
			DataBufferUtils.release(buffer);
			return bytes;
		}

		@Override
		public int read() throws IOException {
			return hasMore() ? this.chunk.read() : -1;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			if (length == 0) {
				return 0;
			}
			return hasMore() ? this.chunk.read(bytes, offset, length) : -1;
		}

		private boolean hasMore() throws IOException {
			try {
				while (this.chunk.available() == 0) {
					if (!this.chunks.hasNext()) {
						return false;
					}
					this.chunk = new ByteArrayInputStream(this.chunks.next());
				}
				return true;
			}
			catch (RuntimeException ex) {
				IOException failure = asIOException(ex);
				throw (failure instanceof EOFException) ? new IOException("The answer broke off", failure) : failure;
			}
		}

		@Override
		public void close() {
			this.stream.close();
		}

	}

}
