package tech.a55.spring.boot.client;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Iterator;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * The response of an exchange for a blocking client. Its body is streamed.
 */
final class ExchangeClientHttpResponse implements ClientHttpResponse {

	private static final int PREFETCHED_BUFFERS = 16;

	private static final int MAX_DRAINED_SIZE = 64 * 1024;

	private final ClientResponse response;

	private @Nullable Body body;

	ExchangeClientHttpResponse(ClientResponse response) {
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
	 * Read the rest of the body, unless it is large, so that the connection can be
	 * reused.
	 */
	@Override
	public void close() {
		try (InputStream body = getBody()) {
			body.skipNBytes(MAX_DRAINED_SIZE);
		}
		catch (IOException ex) {
			// Either the body has ended, or the connection is closed
		}
	}

	static IOException asIOException(RuntimeException ex) {
		Throwable cause = (ex instanceof WebClientRequestException) ? ex.getCause() : Exceptions.unwrap(ex);
		if (cause instanceof InterruptedException) {
			Thread.currentThread().interrupt();
			return (IOException) new InterruptedIOException("Interrupted").initCause(cause);
		}
		return (cause instanceof IOException io) ? io : new IOException(ex.getMessage(), ex);
	}

	/**
	 * Unlike the stream of Spring's {@code DataBufferUtils}, this one ends if its reader
	 * is interrupted, and throws failures as {@link IOException}. It never throws an
	 * {@link EOFException}, which Spring's RestClient takes for an empty response.
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
				throw (failure instanceof EOFException) ? new IOException("The response broke off", failure) : failure;
			}
		}

		@Override
		public void close() {
			this.stream.close();
		}

	}

}
