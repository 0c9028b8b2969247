package tech.a55.sample.simulator;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tech.a55.spring.boot.autoconfigure.A55AutoConfiguration;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.server.ResponseStatusException;

/**
 * Makes many calls at once, first with the starter and then with hand-written code, and
 * counts the token requests of each.
 * <p>
 * Both start without a token, as in an application that has just started. Each has its
 * own simulator, so that nothing else is counted. Tokens live for an hour, as those of
 * A55 do, because Spring Security regards a token as expired in its last minute.
 */
final class LoadRun {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private static final Duration TOKEN_LIFETIME = Duration.ofHours(1);

	private final int calls;

	private final AtomicBoolean running = new AtomicBoolean();

	/**
	 * The first time, an additional round runs first, and its result is discarded.
	 * Otherwise the first of the two would also pay for class loading and compilation.
	 */
	private volatile boolean warm;

	LoadRun(int calls) {
		this.calls = calls;
	}

	/**
	 * Run both, unless they are running already.
	 */
	Mono<Comparison> run() {
		return Mono.using(this::start, (comparison) -> comparison, (comparison) -> this.running.set(false));
	}

	private Mono<Comparison> start() {
		if (!this.running.compareAndSet(false, true)) {
			throw new ResponseStatusException(HttpStatus.CONFLICT, "A load run is under way");
		}
		Mono<Comparison> comparison = compare();
		return (this.warm ? comparison : comparison.then(comparison)).doOnSuccess((result) -> this.warm = true);
	}

	private Mono<Comparison> compare() {
		return run(this::runStarter).zipWhen((starter) -> run(this::runHandWritten), Comparison::new);
	}

	private static Mono<Result> run(Function<A55Simulator, Mono<Result>> client) {
		return Mono.using(() -> A55Simulator.start(TOKEN_LIFETIME, InstantSource.system()), client)
			.subscribeOn(Schedulers.boundedElastic());
	}

	private Mono<Result> runStarter(A55Simulator simulator) {
		return Mono.using(() -> startContext(simulator),
				(context) -> call(context.getBean("a55WebClient", WebClient.class), simulator));
	}

	private static AnnotationConfigApplicationContext startContext(A55Simulator simulator) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("simulator",
					Map.of("a55.client-id", simulator.clientId(), "a55.client-secret", simulator.clientSecret(),
							"a55.base-url", simulator.baseUrl(), "a55.token-uri", simulator.tokenUri())));
		context.register(A55AutoConfiguration.class);
		context.refresh();
		return context;
	}

	private Mono<Result> runHandWritten(A55Simulator simulator) {
		return call(HandWrittenClient.create(simulator), simulator);
	}

	private Mono<Result> call(WebClient webClient, A55Simulator simulator) {
		return Mono.defer(() -> {
			long startNanos = System.nanoTime();
			return Flux.range(0, this.calls)
				.flatMap((i) -> succeeds(webClient, simulator), this.calls)
				.filter(Boolean::booleanValue)
				.take(TIMEOUT)
				.count()
				.map((succeeded) -> new Result(this.calls, succeeded, simulator.tokenRequests(),
						TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos)));
		});
	}

	private static Mono<Boolean> succeeds(WebClient webClient, A55Simulator simulator) {
		return webClient.get()
			.uri("bank/wallet/?customer_id={id}", simulator.firstWallet().get("customer_id"))
			.retrieve()
			.toBodilessEntity()
			.thenReturn(true)
			.onErrorReturn(false);
	}

	/**
	 * The results of both.
	 *
	 * @param starter the result of the starter
	 * @param handWritten the result of hand-written code
	 */
	record Comparison(Result starter, Result handWritten) {

	}

	/**
	 * The result of a number of calls.
	 *
	 * @param calls how many calls were made
	 * @param succeeded how many of them succeeded in time
	 * @param tokenRequests how many requests the token endpoint received
	 * @param millis the time until the last of them had ended
	 */
	record Result(int calls, long succeeded, int tokenRequests, long millis) {

	}

}
