package tech.a55.spring.boot.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

import io.micrometer.observation.ObservationRegistry;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.AccessTokenRequest;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Calls per second of 64 callers, each of which calls again as soon as it is answered,
 * over loopback: with the A55 token, started with and without one at hand, against a
 * static header on the same builder. The three take turns, so that what disturbs the
 * machine disturbs all of them.
 */
public final class ClosedLoopBenchmark {

	private static final int CALLERS = 64;

	private static final Duration TOKEN_ENDPOINT_DELAY = Duration.ofMillis(300);

	private static final String TOKEN = "a".repeat(1000);

	private final String url;

	private ClosedLoopBenchmark(DisposableServer server) {
		this.url = "http://localhost:" + server.port();
	}

	/**
	 * Run the benchmark.
	 * @param args the number of rounds and the seconds that each measurement takes
	 */
	public static void main(String[] args) {
		int rounds = (args.length > 0) ? Integer.parseInt(args[0]) : 20;
		Duration time = Duration.ofSeconds((args.length > 1) ? Integer.parseInt(args[1]) : 3);
		LoopResources loops = LoopResources.create("server", 2, true);
		DisposableServer server = HttpServer.create().runOn(loops).host("localhost").port(0).route((routes) -> {
			Mono<String> token = Mono
				.just("{\"access_token\":\"" + TOKEN + "\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
			routes.post("/oauth2/token",
					(request, response) -> response.header(HttpHeaders.CONTENT_TYPE, "application/json")
						.sendString(token.delayElement(TOKEN_ENDPOINT_DELAY)));
			routes.get("/api/x", (request, response) -> response.sendString(Mono.just("{\"status\":\"paid\"}")));
		}).bindNow();
		try {
			new ClosedLoopBenchmark(server).run(rounds, time);
		}
		finally {
			server.disposeNow();
			loops.dispose();
		}
	}

	private void run(int rounds, Duration time) {
		Map<Case, List<Double>> ratios = new EnumMap<>(Case.class);
		List<Case> order = new ArrayList<>(Arrays.asList(Case.values()));
		for (int round = -1; round < rounds; round++) {
			Map<Case, Double> rates = new EnumMap<>(Case.class);
			Collections.rotate(order, 1);
			for (Case measured : order) {
				rates.put(measured, callsPerSecond(measured, time));
			}
			System.out.printf("%s %s%n", (round < 0) ? "warm-up" : "round " + round, rates);
			if (round >= 0) {
				double reference = Objects.requireNonNull(rates.get(Case.STATIC_HEADER));
				rates.forEach((measured, rate) -> ratios.computeIfAbsent(measured, (key) -> new ArrayList<>())
					.add(rate / reference));
			}
		}
		ratios.forEach((measured, values) -> {
			Collections.sort(values);
			System.out.printf("%-15s of static header: median %.3f, quartiles %.3f to %.3f%n", measured,
					values.get(values.size() / 2), values.get(values.size() / 4), values.get(values.size() * 3 / 4));
		});
	}

	private double callsPerSecond(Case measured, Duration time) {
		ConnectionProvider connections = ConnectionProvider.create("benchmark", CALLERS);
		ReactorClientHttpConnector connector = new ReactorClientHttpConnector(HttpClient.create(connections));
		WebClient.Builder builder = WebClient.builder().clientConnector(connector).baseUrl(this.url + "/api/");
		if (measured == Case.STATIC_HEADER) {
			builder.defaultHeader(HttpHeaders.AUTHORIZATION, "Bearer " + TOKEN);
		}
		else {
			AccessTokenCache cache = new AccessTokenCache(AccessTokenRequest.create(TokenSimulation.ACCOUNT,
					ClientRegistration.withClientRegistration(TokenSimulation.REGISTRATION)
						.tokenUri(this.url + "/oauth2/token")
						.build(),
					Mono.just("secret"), () -> WebClient.builder().clientConnector(connector).build(),
					Duration.ofSeconds(10), ObservationRegistry.NOOP, null), 0.75);
			if (measured == Case.A55_WARM) {
				Objects.requireNonNull(cache.obtain().block());
			}
			builder.filter(new BearerTokenExchangeFilterFunction(cache, Origin.of(URI.create(this.url)),
					new RetryPolicy(3, Duration.ofSeconds(10), false), new ExchangeStatistics()));
		}
		try {
			return callsPerSecond(builder.build(), time);
		}
		finally {
			connections.disposeLater().block();
		}
	}

	private static double callsPerSecond(WebClient client, Duration time) {
		LongAdder calls = new LongAdder();
		AtomicBoolean running = new AtomicBoolean(true);
		Mono<Void> call = client.get()
			.uri("x")
			.retrieve()
			.toBodilessEntity()
			.doOnNext((response) -> calls.increment())
			.then();
		Mono<Void> callers = Flux.range(0, CALLERS).flatMap((i) -> call.repeat(running::get), CALLERS).then();
		CompletableFuture<Void> done = callers.toFuture();
		LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
		long started = System.nanoTime();
		long before = calls.sum();
		LockSupport.parkNanos(time.toNanos());
		double rate = (calls.sum() - before) * 1e9 / (System.nanoTime() - started);
		running.set(false);
		done.join();
		return rate;
	}

	private enum Case {

		STATIC_HEADER, A55_WARM, A55_COLD

	}

}
