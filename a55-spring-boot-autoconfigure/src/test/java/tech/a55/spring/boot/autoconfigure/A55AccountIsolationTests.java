package tech.a55.spring.boot.autoconfigure;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tech.a55.spring.boot.A55Clients;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that no call of an account carries the token of another one. The server knows the
 * account of each call by its path, and the account of each token and of each secret.
 */
class A55AccountIsolationTests {

	private static final int CALLS = 2_000;

	private static final List<String> ACCOUNTS = List.of("default", "shop", "market", "branch");

	private static final Duration ENOUGH = Duration.ofMinutes(5);

	/**
	 * The secrets, which change while the application runs.
	 */
	private final Map<String, Object> secrets = new ConcurrentHashMap<>();

	private final Map<String, AtomicInteger> issued = new ConcurrentHashMap<>();

	private final Set<String> refused = ConcurrentHashMap.newKeySet();

	private final Set<String> usedSecrets = ConcurrentHashMap.newKeySet();

	private final Queue<String> violations = new ConcurrentLinkedQueue<>();

	private DisposableServer server;

	@BeforeEach
	void start() {
		ACCOUNTS.forEach((account) -> this.issued.put(account, new AtomicInteger()));
		rotate(1);
		this.server = HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.route((routes) -> routes.post("/oauth2/token", this::issue)
				.get("/api/{account}", this::serve)
				.post("/api/{account}", this::serve))
			.bindNow();
	}

	@AfterEach
	void stop() {
		this.server.disposeNow();
	}

	private void rotate(int generation) {
		ACCOUNTS.forEach((account) -> this.secrets.put(property(account, "client-secret"),
				"secret-of-" + account + "-" + generation));
	}

	private static String property(String account, String key) {
		return account.equals("default") ? "a55." + key : "a55.clients." + account + "." + key;
	}

	private Mono<Void> issue(HttpServerRequest request, HttpServerResponse response) {
		return request.receive().aggregate().asString(StandardCharsets.UTF_8).flatMap((body) -> {
			Map<String, String> form = Arrays.stream(body.split("&"))
				.map((pair) -> Objects.requireNonNull(StringUtils.split(pair, "=")))
				.collect(Collectors.toMap((pair) -> pair[0], (pair) -> pair[1]));
			String account = String.valueOf(form.get("client_id")).replace("client-of-", "");
			String secret = String.valueOf(form.get("client_secret"));
			if (!secret.startsWith("secret-of-" + account + "-")) {
				this.violations.add(account + " requested a token with " + secret);
			}
			this.usedSecrets.add(secret);
			String token = account + "-token-" + Objects.requireNonNull(this.issued.get(account)).incrementAndGet();
			return response.header("Content-Type", "application/json")
				.sendString(Mono.just(TestA55.tokenResponse(token)))
				.then();
		});
	}

	private Mono<Void> serve(HttpServerRequest request, HttpServerResponse response) {
		String account = String.valueOf(request.param("account"));
		String token = String.valueOf(request.requestHeaders().get("Authorization"));
		if (!token.startsWith("Bearer " + account + "-token-")) {
			this.violations.add(account + " was called with " + token);
		}
		return request.receive()
			.then(response.status(this.refused.contains(token) ? 401 : 200).sendString(Mono.just(account)).then());
	}

	@Test
	void noCallCarriesTheTokenOfAnotherAccount() {
		String url = "http://127.0.0.1:" + this.server.port();
		new ApplicationContextRunner().withConfiguration(TestA55.AUTO_CONFIGURATIONS)
			.withUserConfiguration(Interfaces.class)
			.withPropertyValues(TestA55.PATIENT)
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("secrets", this.secrets)))
			.withPropertyValues("a55.base-url=" + url + "/api", "a55.token-uri=" + url + "/oauth2/token")
			.withPropertyValues(ACCOUNTS.stream()
				.map((account) -> property(account, "client-id") + "=client-of-" + account)
				.toArray(String[]::new))
			.run((context) -> {
				List<Caller> callers = callers(context.getBean(A55Clients.class), context.getBean(BlockingMarket.class),
						context.getBean(ReactiveMarket.class));
				AtomicInteger calls = new AtomicInteger();
				List<String> responses = Flux.range(0, CALLS).flatMapIterable((i) -> callers).flatMap((caller) -> {
					disturb(calls.incrementAndGet());
					return caller.call.map((account) -> account.equals(caller.account) ? "" : account);
				}, 64).collectList().block(ENOUGH);
				assertThat(responses).hasSize(CALLS * callers.size()).containsOnly("");
				assertThat(this.violations).isEmpty();
				this.issued.forEach((account, count) -> assertThat(count).as(account).hasValueGreaterThanOrEqualTo(3));
				assertThat(this.usedSecrets).hasSizeGreaterThanOrEqualTo(2 * ACCOUNTS.size());
			});
	}

	/**
	 * Twice, the secrets of all accounts change, and their tokens of that moment are
	 * refused from then on.
	 */
	private void disturb(int calls) {
		int each = CALLS * 3;
		if (calls % each == 0 && calls / each <= 2) {
			rotate(calls / each + 1);
			this.issued.forEach((account, count) -> {
				for (int i = 1; i <= count.get(); i++) {
					this.refused.add("Bearer " + account + "-token-" + i);
				}
			});
		}
	}

	private static List<Caller> callers(A55Clients clients, BlockingMarket blocking, ReactiveMarket reactive) {
		List<Caller> callers = new ArrayList<>();
		for (String account : ACCOUNTS) {
			callers.add(new Caller(account,
					Mono.defer(() -> clients.webClient(account)
						.post()
						.uri(account)
						.bodyValue("charge")
						.retrieve()
						.bodyToMono(String.class))));
			callers.add(new Caller(account,
					Mono.fromCallable(
							() -> clients.restClient(account).get().uri(account).retrieve().body(String.class))
						.subscribeOn(Schedulers.boundedElastic())));
		}
		callers.add(new Caller("market", Mono.fromCallable(blocking::get).subscribeOn(Schedulers.boundedElastic())));
		callers.add(new Caller("branch", Mono.defer(() -> reactive.post("charge"))));
		return callers;
	}

	private record Caller(String account, Mono<String> call) {

	}

	@ImportHttpServices(group = "a55-market", types = BlockingMarket.class)
	@ImportHttpServices(group = "a55-branch", types = ReactiveMarket.class,
			clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	static class Interfaces {

	}

	interface BlockingMarket {

		@GetExchange("market")
		String get();

	}

	interface ReactiveMarket {

		@PostExchange("branch")
		Mono<String> post(@RequestBody String body);

	}

}
