package tech.a55.spring.boot.client;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;

import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tech.a55.spring.boot.token.AccountName;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.AbstractClientHttpRequest;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.util.Assert;
import org.springframework.util.FastByteArrayOutputStream;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * Lets a blocking client make its requests with an {@link ExchangeFunction}, so that it
 * has the same token, retries and connections as the WebClient. Request bodies are kept
 * in memory, response bodies are streamed. Thread-safe.
 */
final class ExchangeClientHttpRequestFactory implements ClientHttpRequestFactory {

	private final ExchangeFunction exchangeFunction;

	private final AccountName account;

	ExchangeClientHttpRequestFactory(ExchangeFunction exchangeFunction, AccountName account) {
		this.exchangeFunction = exchangeFunction;
		this.account = account;
	}

	@Override
	public ClientHttpRequest createRequest(URI uri, HttpMethod method) {
		return new Request(uri, method);
	}

	private final class Request extends AbstractClientHttpRequest {

		private final URI uri;

		private final HttpMethod method;

		private final FastByteArrayOutputStream body = new FastByteArrayOutputStream(1024);

		Request(URI uri, HttpMethod method) {
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
					() -> "The A55 RestClient waits for its response, and was called on the event loop thread '"
							+ Thread.currentThread().getName() + "': use the "
							+ ExchangeClientHttpRequestFactory.this.account.webClient() + " there");
			byte[] bytes = this.body.toByteArrayUnsafe();
			if (bytes.length > 0 && headers.getContentLength() < 0) {
				headers.setContentLength(bytes.length);
			}
			ClientRequest request = ClientRequest.create(this.method, this.uri)
				.headers((target) -> target.putAll(headers))
				.body((bytes.length > 0) ? inserter(bytes) : BodyInserters.empty())
				.build();
			return new ExchangeClientHttpResponse(
					await(ExchangeClientHttpRequestFactory.this.exchangeFunction.exchange(request)));
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
				throw ExchangeClientHttpResponse.asIOException(ex);
			}
			catch (RuntimeException ex) {
				if (Exceptions.unwrap(ex) instanceof InterruptedException) {
					throw ExchangeClientHttpResponse.asIOException(ex);
				}
				throw ex;
			}
		}

	}

}
