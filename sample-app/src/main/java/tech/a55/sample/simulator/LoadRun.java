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
 * Makes 1,000 calls at once, first with the starter and then with what one would write by
 * hand, and counts how many tokens each asked for.
 * <p>
 * Both begin cold, as in an application that has just started, and each with a simulator
 * of its own, so that nothing else is counted. Its tokens live for an hour, as those of
 * A55 do: Spring Security takes a token for expired in its last minute.
 */
final class LoadRun {

	private static final int CALLS = 1_000;

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private static final Duration TOKEN_LIFETIME = Duration.ofHours(1);

	private final AtomicBoolean running = new AtomicBoolean();

	/**
	 * The first time, a round goes before that is not shown: neither of the two shall pay
	 * for the classes and the compiler that both need.
	 */
	private volatile boolean warm;

	/**
	 * Run both, unless a run is under way.
	 */
	Mono<Comparison> run() {
		return Mono.defer(() -> {
			if (!this.running.compareAndSet(false, true)) {
				return Mono.error(new ResponseStatusException(HttpStatus.CONFLICT, "A load run is under way"));
			}
			Mono<Comparison> comparison = compare();
			return (this.warm ? comparison : comparison.then(comparison)).doOnSuccess((result) -> this.warm = true)
				.doFinally((signal) -> this.running.set(false));
		});
	}

	private static Mono<Comparison> compare() {
		return run(LoadRun::runStarter).zipWhen((starter) -> run(LoadRun::runHandWritten), Comparison::new);
	}

	private static Mono<Result> run(Function<A55Simulator, Mono<Result>> client) {
		return Mono.using(() -> A55Simulator.start(TOKEN_LIFETIME, InstantSource.system()), client)
			.subscribeOn(Schedulers.boundedElastic());
	}

	private static Mono<Result> runStarter(A55Simulator simulator) {
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

	private static Mono<Result> runHandWritten(A55Simulator simulator) {
		return call(HandWrittenClient.create(simulator), simulator);
	}

	private static Mono<Result> call(WebClient webClient, A55Simulator simulator) {
		return Mono.defer(() -> {
			long startNanos = System.nanoTime();
			return Flux.range(0, CALLS)
				.flatMap((i) -> succeeds(webClient, simulator), CALLS)
				.filter(Boolean::booleanValue)
				.take(TIMEOUT)
				.count()
				.map((succeeded) -> new Result(CALLS, succeeded, simulator.tokenRequests(),
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
	 * What both needed.
	 *
	 * @param starter what the starter needed
	 * @param handWritten what hand-written code needed
	 */
	record Comparison(Result starter, Result handWritten) {

	}

	/**
	 * What a number of calls needed.
	 *
	 * @param calls how many calls were made
	 * @param succeeded how many of them succeeded, in time
	 * @param tokenRequests how many requests the token endpoint saw
	 * @param millis how long it took until the last was answered
	 */
	record Result(int calls, long succeeded, int tokenRequests, long millis) {

	}

}
