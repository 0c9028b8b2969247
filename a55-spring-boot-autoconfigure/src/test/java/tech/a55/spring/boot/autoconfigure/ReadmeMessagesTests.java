package tech.a55.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.micrometer.observation.ObservationRegistry;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tech.a55.spring.boot.A55Clients;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.AccessTokenRequest;
import tech.a55.spring.boot.token.TestAccessTokens;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.annotation.Configurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Checks that the README lists the messages that users see, and no others.
 */
@ExtendWith(OutputCaptureExtension.class)
class ReadmeMessagesTests {

	private static final List<String> LISTED = Document.README.codeInColumn("## When it fails", 0);

	private static final String NO_TOKEN = "No access token for A55: ";

	static final Duration ENOUGH = Duration.ofMinutes(1);

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final AtomicLong nanoTime = new AtomicLong();

	@ParameterizedTest
	@MethodSource("cases")
	void messageIsAsListed(Case provoked, CapturedOutput output) throws Exception {
		assertThat(provoked.provocation.provoke(this, output)).containsPattern(pattern(provoked.message));
		assertThat(output.toString().lines())
			.filteredOn((line) -> Stream.of("AccessTokenCache ", "SharedAccessToken ", "HttpConnectors ")
				.anyMatch(line::contains))
			.allSatisfy((line) -> assertThat(LISTED).anyMatch((message) -> pattern(message).matcher(line).find()));
	}

	@Test
	void eachListedMessageHasACaseAndEachCaseIsListed() {
		assertThat(cases().map(Case::message).distinct()).containsExactlyInAnyOrderElementsOf(LISTED);
	}

	private static Pattern pattern(String message) {
		return Pattern.compile(Arrays.stream(message.replace("10000 ms", "…").split("…", -1))
			.map(Pattern::quote)
			.collect(Collectors.joining(".*")), Pattern.DOTALL);
	}

	static Stream<Case> cases() {
		return Stream
			.of(propertyCases(), startCases(), tokenCases(), callCases(), logCases(), SharedTokenMessages.cases())
			.flatMap(Function.identity());
	}

	private static Stream<Case> propertyCases() {
		String property = "The configuration property ";
		return Stream.of(start(property + "'a55.client-secret' is not set.", "--a55.client-id=test"),
				start("… is blank.", "--a55.client-id=test", "--a55.client-secret="),
				start(property + "'a55.client-secret' holds a placeholder that cannot be resolved.",
						"--a55.client-id=test", "--a55.client-secret=${gone}"),
				secret(property + "'a55.client-secret' ends with a line break (U+000A).", "test\n"),
				secret("… begins with white space (…).", " test"),
				secret("… begins with an invisible character (…).", "\ufefftest"),
				secret("… begins with a quotation mark (…).", "'test'"),
				property(property + "'a55.base-url' is not an absolute https URL.", "a55.base-url=api"),
				property("… is not a valid URL.", "a55.base-url=https://a b/"),
				property("… has no valid host.", "a55.base-url=https://a_b/"),
				property("… holds user-info.", "a55.base-url=https://user@example.com/"),
				property("… has a query or a fragment.", "a55.base-url=https://example.com/?a=b"),
				property(property + "'a55.base-url' uses plain http for a host that is not loopback.",
						"a55.base-url=http://example.com/"),
				property(property + "'a55.base-url' holds more than one URL, separated by a comma.",
						"a55.base-url=https://a/,https://b/"),
				property(property + "'a55.base-url' has a port that is not between 1 and 65535.",
						"a55.base-url=https://a:0/"),
				property("… has a percent sign in its path.", "a55.base-url=https://a/%20/"),
				property(property + "'a55.retry.max-wait' is not positive.", "a55.retry.max-wait=0"),
				property("… is shorter than a millisecond.", "a55.retry.max-wait=1us"),
				property("… is longer than a day.", "a55.retry.max-wait=2d"),
				property(property + "'a55.retry.max-attempts' is less than 1.", "a55.retry.max-attempts=0"),
				property(property + "'a55.token.refresh-after' is not between 0.1 and 0.95.",
						"a55.token.refresh-after=1"),
				property(property + "'a55.scopes' holds a scope with a space, or another character that a scope cannot "
						+ "have.", "a55.scopes=a b"),
				property(property
						+ "'a55.clients' has an account '…', and that name does not consist of letters, digits "
						+ "and single hyphens.", "a55.clients.my_shop.client-id=x"),
				property("… and that name is reserved for the account of 'a55.client-id'.",
						"a55.clients.default.client-id=x"),
				property(property + "'a55.clients.shop.client-secret' is not set.", "a55.clients.shop.client-id=x"),
				property(property + "'a55.ssl.bundle' names an SSL bundle that does not exist.", "a55.ssl.bundle=none"),
				property("… names an SSL bundle that cannot be read (…).", "a55.ssl.bundle=broken",
						"spring.ssl.bundle.pem.broken.truststore.certificate=file:/no/such.pem"));
	}

	private static Stream<Case> startCases() {
		return Stream.of(
				needs(MisconfiguredApplications.HasPlainTokenUri.class,
						"The token URI of the bean 'a55ClientRegistration' uses plain http for a host that is not "
								+ "loopback."),
				needs(MisconfiguredApplications.NeedsReactiveInterface.class,
						"The method '…' of the HTTP interface '…' returns a Mono, and the client of its group is a "
								+ "RestClient."),
				start("neither 'a55.client-id' nor 'a55.client-secret' is set."),
				start("The A55 starter is disabled (a55.enabled=false).", "--a55.enabled=false"),
				start("There is no default A55 account, because neither 'a55.client-id' nor 'a55.client-secret' is set, but "
						+ "there are the accounts: …", "--a55.clients.shop.client-id=x",
						"--a55.clients.shop.client-secret=x"),
				needs(MisconfiguredApplications.NeedsUnknownAccount.class,
						"There is no A55 account '…', but there are: …"),
				new Case("The A55 starter is not part of this context, because …",
						(tests, output) -> failToStart(
								new SpringApplicationBuilder(MisconfiguredApplications.NeedsWebClient.class), output)),
				needs(MisconfiguredApplications.NeedsRestClient.class, "'a55.rest-client.enabled' is not true."),
				needs(MisconfiguredApplications.NeedsManager.class,
						"… the A55 starter offers by its qualifier only: 'a55AuthorizedClientManager'."),
				thrown("The A55 starter works with Spring Boot 4.0 and 4.1, and this application runs on Spring Boot ….",
						(tests) -> UnsupportedSpringBootListener.requireSupported("3.5.0")));
	}

	private static Stream<Case> tokenCases() {
		String post = NO_TOKEN + "POST … ";
		String token = TestA55.tokenResponse("token");
		return Stream.of(
				refused(post + "responded with status 400 and error invalid_client. …",
						error("{\"error\":\"invalid_client\"}")),
				refused(post + "responded with status 400 and error invalid_scope. …",
						error("{\"error\":\"invalid_scope\"}")),
				refused(post + "responded with status 400 and error unauthorized_client. …",
						error("{\"error\":\"unauthorized_client\"}")),
				refused(post + "responded with status 429 and …", WireMock.status(429)),
				refused(post + "responded with status 403 and a body that is no JSON object (text/html). …",
						WireMock.status(403).withHeader("Content-Type", "text/html").withBody("<html>blocked</html>")),
				refused("… and an empty body. …", WireMock.serverError()),
				refused("… and a body of more than 65536 bytes. …",
						WireMock.serverError().withBody("x".repeat(100_000))),
				refused("… and JSON without an error code. …", WireMock.serverError().withBody("{}")),
				refused(post + "responded with status 200 and JSON without an access_token. …",
						WireMock.okJson("{\"token_type\":\"Bearer\"}")),
				refused("… and an access_token …", WireMock.okJson(token.replace("token\",", "t\u00f6ken\","))),
				refused("… and an access_token …", WireMock.okJson(TestA55.tokenResponse("x".repeat(20_000)))),
				refused("… and a token whose type is not Bearer. …", WireMock.okJson(token.replace("Bearer", "mac"))),
				thrown(post + "failed: …", ReadmeMessagesTests::receiveAnExpiredToken),
				refused(post + "got no response: …", WireMock.aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)),
				thrown(post + "did not respond within 10000 ms (a55.token.timeout). …", (tests) -> {
					TestA55.stub(server, "token");
					tests.obtain(Mono.just("secret"), WebClient.builder().exchangeFunction((request) -> Mono.never()),
							Duration.ofMillis(20));
				}),
				thrown(NO_TOKEN + "the client secret cannot be read within 10000 ms (a55.client-secret). …",
						(tests) -> tests.obtain(Mono.never(), WebClient.builder(), Duration.ofMillis(20))),
				thrown(NO_TOKEN + "the client secret cannot be read (a55.client-secret). …",
						(tests) -> tests.use((context) -> {
							TestPropertyValues.of("a55.client-secret=").applyTo(context);
							call(context.getBean(WebClient.class), "x");
						})),
				thrown("No access token for the A55 account 'shop': …", (tests) -> tests.use((context) -> {
					TestPropertyValues.of("a55.clients.shop.client-secret=").applyTo(context);
					call(context.getBean(A55Clients.class).webClient("shop"), "x");
				}, TestA55.account("shop"))),
				thrown("The application context is closed, and the A55 clients with it", (tests) -> {
					A55Clients[] clients = new A55Clients[1];
					tests.use((context) -> clients[0] = context.getBean(A55Clients.class), TestA55.account("shop"));
					clients[0].webClient("shop");
				}), thrown(NO_TOKEN + "the application context is closed.", (tests) -> {
					WebClient[] client = new WebClient[1];
					tests.use((context) -> client[0] = context.getBean(WebClient.class));
					call(client[0], "x");
				}));
	}

	private static Stream<Case> callCases() {
		String onAnEventLoop = "was called on the event loop thread '…': use the WebClient bean 'a55WebClient' there";
		return Stream.of(thrown("The HTTP interfaces in group 'a55' cannot call A55. …",
				(tests) -> new ApplicationContextRunner()
					.withUserConfiguration(MisconfiguredApplications.NeedsReactiveInterface.class,
							UnconfiguredA55AutoConfiguration.class)
					.run((context) -> context.getBean(MisconfiguredApplications.ReactiveInterface.class).get())),
				thrown("The A55 client sends requests to … only (a55.base-url), not to …",
						(tests) -> tests
							.use((context) -> call(context.getBean(WebClient.class), "https://example.com/"))),
				thrown("The path … has the path of a55.base-url twice. Paths begin below …",
						(tests) -> tests.use((context) -> call(context.getBean(WebClient.class), "/api/v1/x"))),
				thrown("… was redirected (status …) to …, and the redirect was not followed",
						(tests) -> tests.use((context) -> {
							server.stubFor(WireMock.get("/api/v1/x").willReturn(WireMock.temporaryRedirect("/y")));
							call(context.getBean(WebClient.class), "x");
						})),
				thrown("The A55 RestClient waits for its response, and " + onAnEventLoop,
						(tests) -> tests.use((context) -> onEventLoop(
								() -> context.getBean(RestClient.class).get().uri("x").retrieve().toBodilessEntity()))),
				new Case("Connect timeout: no connection to … within … ms, new or from the pool of the A55 client",
						(tests, output) -> FailingConnections.connectToNobody()),
				thrown("The connection pool of the A55 client is full: all … connections to the host are in use, and no "
						+ "more calls can wait for one (…). …", (tests) -> FailingConnections.useAFullPool()),
				thrown("Exceeded limit on max bytes to buffer : 262144", (tests) -> tests.use((context) -> {
					server.stubFor(WireMock.get("/api/v1/x").willReturn(WireMock.ok("x".repeat(300_000))));
					context.getBean(WebClient.class).get().uri("x").retrieve().bodyToMono(String.class).block(ENOUGH);
				})), thrown("The response broke off", (tests) -> FailingConnections.breakOff()),
				new Case("The response stalled", (tests, output) -> FailingConnections.stall()),
				thrown("The request cannot be retried, because its body was not kept",
						ReadmeMessagesTests::writeAStreamTwice),
				thrown("authorize() may have to wait for a token, and " + onAnEventLoop,
						(tests) -> tests.use((context) -> onEventLoop(() -> authorize(context, "a55")))),
				thrown("This manager serves the client registration 'a55' only, not '…'",
						(tests) -> tests.use((context) -> authorize(context, "other"))));
	}

	private static Stream<Case> logCases() {
		return Stream.of(
				new Case("The A55 access token cannot be renewed and remains in use: …",
						(tests, output) -> tests.failToRenewOnce(output)),
				new Case("The A55 token endpoint issues access tokens again",
						(tests, output) -> tests.failToRenewOnce(output)),
				new Case("A connector of the A55 client cannot be closed", (tests, output) -> {
					FailingConnections.close();
					return output.toString();
				}));
	}

	private static Case start(String message, String... args) {
		return new Case(message,
				(tests, output) -> failToStart(MisconfiguredApplications.NeedsWebClient.class, output, args));
	}

	private static Case secret(String message, String secret) {
		return start(message, "--a55.client-id=test", "--a55.client-secret=" + secret);
	}

	private static Case property(String message, String... properties) {
		return start(message,
				Stream
					.concat(Stream.of("--a55.client-id=test", "--a55.client-secret=test"),
							Arrays.stream(properties).map("--"::concat))
					.toArray(String[]::new));
	}

	static Case needs(Class<?> application, String message, String... args) {
		String[] credentials = { "--a55.client-id=test", "--a55.client-secret=test" };
		return new Case(message, (tests, output) -> failToStart(application, output,
				Stream.of(credentials, args).flatMap(Arrays::stream).toArray(String[]::new)));
	}

	private static String failToStart(Class<?> application, CapturedOutput output, String... args) {
		return failToStart(new SpringApplicationBuilder(application)
			.sources(Configurations.getClasses(TestA55.AUTO_CONFIGURATIONS)), output, args);
	}

	private static String failToStart(SpringApplicationBuilder builder, CapturedOutput output, String... args) {
		builder.web(WebApplicationType.NONE).properties("spring.main.banner-mode=off");
		assertThat(catchThrowable(() -> builder.run(args).close())).isNotNull();
		assertThat(output).contains("Description:", "Action:");
		return output.toString()
			.substring(output.toString().indexOf("Description:"), output.toString().indexOf("Action:"));
	}

	private static Case refused(String message, ResponseDefinitionBuilder response) {
		return thrown(message, (tests) -> {
			server.stubFor(WireMock.post(TestA55.TOKEN_PATH).willReturn(response));
			tests.obtain(Mono.just("secret"), WebClient.builder(), ENOUGH);
		});
	}

	private static ResponseDefinitionBuilder error(String body) {
		return WireMock.jsonResponse(body, 400);
	}

	private static Case thrown(String message, ThrowingProvocation provocation) {
		return new Case(message, (tests, output) -> messageOf(() -> provocation.provoke(tests)));
	}

	static String messageOf(ThrowingCallable action) {
		return Objects.requireNonNull(catchThrowable(action).getMessage());
	}

	private void obtain(Mono<String> clientSecret, WebClient.Builder webClient, Duration timeout) {
		AccessTokenCache cache = cache(clientSecret, webClient, timeout);
		try {
			cache.obtain().block();
		}
		finally {
			cache.destroy();
		}
	}

	private AccessTokenCache cache(Mono<String> clientSecret, WebClient.Builder webClient, Duration timeout) {
		ClientRegistration registration = ClientRegistration.withRegistrationId("a55")
			.clientId("test")
			.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
			.tokenUri(server.url(TestA55.TOKEN_PATH))
			.build();
		return TestAccessTokens.cache(AccessTokenRequest.create(TokenSimulation.ACCOUNT, registration, clientSecret,
				webClient::build, timeout, ObservationRegistry.NOOP, null), this.nanoTime::get);
	}

	private void advance(Duration duration) {
		this.nanoTime.addAndGet(duration.toNanos());
	}

	private void receiveAnExpiredToken() {
		TestA55.stub(server, "token");
		obtain(Mono.just("secret"), WebClient.builder().filter((request, next) -> {
			advance(Duration.ofHours(1));
			return next.exchange(request);
		}), ENOUGH);
	}

	private String failToRenewOnce(CapturedOutput output) {
		TestA55.stub(server, "token");
		AccessTokenCache cache = cache(Mono.just("secret"), WebClient.builder(), ENOUGH);
		cache.obtain().block();
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH).willReturn(WireMock.serviceUnavailable()));
		advance(Duration.ofMinutes(50));
		cache.obtain().block();
		Awaitility.await().atMost(ENOUGH).until(() -> output.toString().contains("cannot be renewed"));
		TestA55.stub(server, "token");
		advance(Duration.ofMinutes(1));
		cache.obtain().block();
		Awaitility.await().atMost(ENOUGH).until(() -> output.toString().contains("again"));
		cache.destroy();
		return output.toString();
	}

	private void use(ContextConsumer<ConfigurableApplicationContext> consumer, String... properties) {
		TestA55.stub(server, "token");
		TestA55.contextRunner(server)
			.withPropertyValues("a55.rest-client.enabled=true")
			.withPropertyValues(properties)
			.run(consumer);
	}

	private static void call(WebClient client, String uri) {
		client.get().uri(uri).retrieve().toBodilessEntity().block();
	}

	private static void authorize(ConfigurableApplicationContext context, String registrationId) {
		context.getBean("a55AuthorizedClientManager", OAuth2AuthorizedClientManager.class)
			.authorize(OAuth2AuthorizeRequest.withClientRegistrationId(registrationId).principal("test").build());
	}

	private static void onEventLoop(Runnable action) {
		Mono.fromRunnable(action).subscribeOn(Schedulers.parallel()).block();
	}

	private void writeAStreamTwice() {
		ExchangeFunction askingAgain = (request) -> write(request).then(Mono.defer(() -> write(request)))
			.then(Mono.empty());
		use((context) -> context.getBean(WebClient.class)
			.mutate()
			.exchangeFunction(askingAgain)
			.build()
			.post()
			.uri("x")
			.body(Flux.just("a", "b".repeat(256 * 1024)), String.class)
			.retrieve()
			.toBodilessEntity()
			.block());
	}

	private static Mono<Void> write(ClientRequest request) {
		return request.writeTo(new MockClientHttpRequest(request.method(), request.url()),
				ExchangeStrategies.withDefaults());
	}

	/**
	 * A message of the README, and what provokes it.
	 */
	record Case(String message, Provocation provocation) {

		@Override
		public String toString() {
			return this.message;
		}

	}

	interface Provocation {

		String provoke(ReadmeMessagesTests tests, CapturedOutput output) throws Exception;

	}

	interface ThrowingProvocation {

		void provoke(ReadmeMessagesTests tests) throws Exception;

	}

}
