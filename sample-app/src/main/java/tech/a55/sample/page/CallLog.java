package tech.a55.sample.page;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.A55WebClientCustomizer;

import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Records each call of the A55 clients by account: its start, path, status and duration,
 * including waits and retries. It does not record the query, which may name a customer. A
 * filter added here never sees the token. Thread-safe.
 */
@Component
final class CallLog implements A55WebClientCustomizer {

	private static final int CAPACITY = 60;

	private final Map<String, Account> accounts = new ConcurrentHashMap<>();

	@Override
	public void customize(WebClient.Builder builder) {
		customize("default", builder);
	}

	@Override
	public void customize(String client, WebClient.Builder builder) {
		builder.filter(account(client)::exchange);
	}

	private Account account(String client) {
		return this.accounts.computeIfAbsent(client, (name) -> new Account());
	}

	Calls calls(String client) {
		return account(client).calls();
	}

	private static final class Account {

		private final Deque<Call> last = new ArrayDeque<>(CAPACITY);

		private long calls;

		private long failures;

		private Mono<ClientResponse> exchange(ClientRequest request, ExchangeFunction next) {
			return Mono.defer(() -> {
				Instant start = Instant.now();
				long startNanos = System.nanoTime();
				return next.exchange(request)
					.doOnSuccess((response) -> add(start, startNanos, request, response))
					.doOnError((ex) -> add(start, startNanos, request, null));
			});
		}

		private synchronized void add(Instant start, long startNanos, ClientRequest request,
				@Nullable ClientResponse response) {
			long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
			Integer status = (response != null) ? response.statusCode().value() : null;
			this.calls++;
			if (response == null || response.statusCode().isError()) {
				this.failures++;
			}
			if (this.last.size() == CAPACITY) {
				this.last.removeFirst();
			}
			this.last.addLast(new Call(this.calls, start, request.url().getPath(), status, millis));
		}

		synchronized Calls calls() {
			return new Calls(this.calls, this.failures, List.copyOf(this.last));
		}

	}

	/**
	 * The calls so far.
	 *
	 * @param count how many there were
	 * @param failures how many of them failed
	 * @param last the last ones, the newest at the end
	 */
	record Calls(long count, long failures, List<Call> last) {

	}

	/**
	 * One call.
	 *
	 * @param number its number, from 1
	 * @param start when it began
	 * @param path its path
	 * @param status the status of the response, or {@code null} if there was none
	 * @param millis how long it took
	 */
	record Call(long number, Instant start, String path, @Nullable Integer status, long millis) {

	}

}
