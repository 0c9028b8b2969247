package tech.a55.spring.boot.client;

import java.io.ByteArrayInputStream;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.MappingBuilder;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.micrometer.observation.ObservationRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.AccessTokenRequest;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.core.io.InputStreamResource;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.unauthorized;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link BearerTokenExchangeFilterFunction} on real sockets.
 */
class BearerTokenExchangeFilterFunctionTests {

	private static final int MAX_CONNECTIONS = 4;

	private final WireMockServer server = new WireMockServer(
			WireMockConfiguration.options().dynamicPort().containerThreads(50));

	private final WireMockServer otherHost = new WireMockServer(WireMockConfiguration.options().dynamicPort());

	private final TestConnections pool = new TestConnections(MAX_CONNECTIONS);

	@BeforeEach
	void start() {
		this.server.start();
		this.otherHost.start();
		this.otherHost.stubFor(any(anyUrl()).willReturn(okJson("{}")));
		issue("token-1");
	}

	@AfterEach
	void stop() {
		this.pool.close();
		this.server.stop();
		this.otherHost.stop();
	}

	@Test
	void sendsTheTokenToItsOwnOrigin() {
		this.server.stubFor(accepting("token-1"));
		assertThat(status(client().get().uri("x"))).isEqualTo(HttpStatus.OK);
	}

	@Test
	void replacesAnAuthorizationHeaderOfTheCaller() {
		this.server.stubFor(accepting("token-1"));
		assertThat(status(client().get().uri("x").headers((headers) -> headers.setBearerAuth("callers"))))
			.isEqualTo(HttpStatus.OK);
	}

	@Test
	@DisplayName("Row 16: other host, port, scheme, user-info, trailing dot")
	void sendsNothingToAnyOtherOrigin() {
		int port = this.server.port();
		for (String url : new String[] { this.otherHost.baseUrl() + "/x", "http://127.0.0.1:" + port + "/x",
				"https://localhost:" + port + "/x", "http://user@localhost:" + port + "/x",
				"http://localhost.:" + port + "/x", "http://evil.localhost:" + port + "/x",
				"http://evillocalhost:" + port + "/x", "http://host:" + port + "/x",
				"http://localhost:" + port + "@localhost:" + this.otherHost.port() }) {
			assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> status(client().get().uri(URI.create(url))))
				.withMessageStartingWith("The A55 client sends requests to http://localhost:" + port)
				.withMessageContaining("a55.base-url");
		}
		assertThat(this.server.getAllServeEvents()).isEmpty();
		assertThat(this.otherHost.getAllServeEvents()).isEmpty();
	}

	@Test
	@DisplayName("Row 16: upper case")
	void sendsTheTokenToItsOwnOriginInUpperCase() {
		this.server.stubFor(accepting("token-1"));
		assertThat(status(client().get().uri(URI.create("HTTP://LOCALHOST:" + this.server.port() + "/api/x"))))
			.isEqualTo(HttpStatus.OK);
	}

	@Test
	void sendsNothingWhereALaterFilterRedirectsTheRequest() {
		WebClient client = client().mutate()
			.filter((request, next) -> next
				.exchange(ClientRequest.from(request).url(URI.create(this.otherHost.baseUrl() + "/x")).build()))
			.build();
		assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> status(client.get().uri("x")))
			.withCauseInstanceOf(ClientAuthorizationException.class);
		assertThat(this.otherHost.getAllServeEvents()).isEmpty();
	}

	@Test
	void sendsNothingWhereALaterFilterWrapsTheRequest() {
		URI other = URI.create(this.otherHost.baseUrl() + "/x");
		WebClient client = client().mutate()
			.filter((request, next) -> next.exchange((ClientRequest) Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { ClientRequest.class },
					(proxy, method, args) -> method.getName().equals("url") ? other : method.invoke(request, args))))
			.build();
		assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> status(client.get().uri("x")));
		assertThat(this.otherHost.getAllServeEvents()).isEmpty();
	}

	@Test
	void sendsTheTokenWhateverALaterFilterMakesOfTheRequest() {
		this.server.stubFor(accepting("token-1"));
		WebClient client = client().mutate()
			.filter((request,
					next) -> next.exchange(ClientRequest.from(request)
						.header("X-Copied", "yes")
						.httpRequest((outgoing) -> outgoing.getHeaders().set("X-Native", "yes"))
						.body(BodyInserters.fromValue("signed"))
						.build()))
			.build();
		assertThat(status(client.post().uri("x").bodyValue("body"))).isEqualTo(HttpStatus.OK);
		this.server.verify(1,
				postRequestedFor(urlEqualTo("/api/x")).withHeader("X-Copied", equalTo("yes"))
					.withHeader("X-Native", equalTo("yes"))
					.withRequestBody(equalTo("signed")));
	}

	@ParameterizedTest
	@ValueSource(ints = { 301, 302, 303, 307, 308 })
	@DisplayName("Row 16: redirect")
	void doesNotCarryTheTokenAlongARedirect(int status) {
		this.server.stubFor(any(urlPathMatching("/api/.*"))
			.willReturn(aResponse().withStatus(status).withHeader("Location", this.otherHost.baseUrl() + "/x")));
		assertThat(status(client().get().uri("x"))).isEqualTo(HttpStatusCode.valueOf(status));
		assertThat(this.otherHost.getAllServeEvents()).isEmpty();
	}

	@Test
	void failsWhereNoTokenCanBeHad() {
		this.server.stubFor(post("/oauth2/token").willReturn(aResponse().withStatus(503)));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(() -> status(client().get().uri("x")))
			.withMessageContaining("responded with status 503 and an empty body")
			.withMessageContaining("The next attempt is at ");
		this.server.verify(0, anyRequestedFor(urlPathMatching("/api/.*")));
	}

	@Test
	void saysWhyTheTokenEndpointCannotBeReached() {
		WebClient client = client();
		this.server.stop();
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(() -> status(client.get().uri("x")))
			.withMessageContaining("got no response: ")
			.withMessageContaining("Connection refused");
	}

	@Test
	void sendsARefusedRequestOnceMoreWithTheNextToken() {
		issueOneAfterTheOther();
		this.server.stubFor(any(urlPathMatching("/api/.*")).willReturn(unauthorized().withBody("refused")));
		this.server.stubFor(accepting("token-2"));
		String body = client().post()
			.uri("x")
			.bodyValue(Map.of("amount", 42))
			.retrieve()
			.bodyToMono(String.class)
			.block();
		assertThat(body).isEqualTo("{}");
		this.server.verify(1,
				postRequestedFor(urlEqualTo("/api/x")).withHeader("Authorization", equalTo("Bearer token-1"))
					.withHeader("Content-Type", equalTo("application/json"))
					.withHeader("Content-Length", equalTo("13"))
					.withRequestBody(equalToJson("{\"amount\":42}")));
		this.server.verify(1,
				postRequestedFor(urlEqualTo("/api/x")).withHeader("Authorization", equalTo("Bearer token-2"))
					.withHeader("Content-Type", equalTo("application/json"))
					.withHeader("Content-Length", equalTo("13"))
					.withRequestBody(equalToJson("{\"amount\":42}")));
	}

	@Test
	void sendsTheSameBytesAgainAndSubscribesToNoBodyTwice() {
		issueOneAfterTheOther();
		this.server.stubFor(any(urlPathMatching("/api/.*")).willReturn(unauthorized()));
		this.server.stubFor(accepting("token-2"));
		AtomicInteger subscriptions = new AtomicInteger();
		Mono<String> body = Mono.fromSupplier(() -> "payment " + subscriptions.incrementAndGet());
		assertThat(status(client().post().uri("x").contentType(MediaType.TEXT_PLAIN).body(body, String.class)))
			.isEqualTo(HttpStatus.OK);
		this.server.verify(2, postRequestedFor(urlEqualTo("/api/x")).withRequestBody(equalTo("payment 1")));
	}

	@Test
	void sendsNoEmptyBodyInPlaceOfOneThatWasStreamed() {
		issueOneAfterTheOther();
		this.server.stubFor(any(urlPathMatching("/api/.*")).willReturn(unauthorized()));
		this.server.stubFor(accepting("token-2"));
		BodyInserter<Object, ClientHttpRequest> completesTwice = (request, context) -> request
			.writeWith(Flux.just(request.bufferFactory().wrap("payment".getBytes(StandardCharsets.UTF_8))))
			.then(Mono.defer(request::setComplete));
		assertThat(status(client().post().uri("x").body(completesTwice))).isEqualTo(HttpStatus.OK);
		this.server.verify(2, postRequestedFor(urlEqualTo("/api/x")).withRequestBody(equalTo("payment")));
		this.server.verify(2, anyRequestedFor(urlPathMatching("/api/.*")));
	}

	@Test
	void sendsAnEmptyBodyAgainAsItWas() {
		issueOneAfterTheOther();
		this.server.stubFor(any(urlPathMatching("/api/.*")).willReturn(unauthorized()));
		this.server.stubFor(accepting("token-2"));
		assertThat(status(
				client().post().uri("x").contentType(MediaType.APPLICATION_JSON).body(Mono.empty(), String.class)))
			.isEqualTo(HttpStatus.OK);
		this.server.verify(2, postRequestedFor(urlEqualTo("/api/x")).withoutHeader("Content-Type"));
	}

	@Test
	void doesNotKeepALargeBodyToSendItAgain() {
		issueOneAfterTheOther();
		this.server.stubFor(any(urlPathMatching("/api/.*")).willReturn(unauthorized()));
		this.server.stubFor(accepting("token-2"));
		assertThat(status(client().post().uri("x").bodyValue("x".repeat(256 * 1024)))).isEqualTo(HttpStatus.OK);
		this.server.resetScenarios();
		assertThat(status(client().post().uri("x").bodyValue("x".repeat(256 * 1024 + 1))))
			.isEqualTo(HttpStatus.UNAUTHORIZED);
	}

	@Test
	void handsTheCallerALargeRefusalAsItIs() {
		issueOneAfterTheOther();
		String large = "x".repeat(300 * 1024);
		this.server.stubFor(any(urlPathMatching("/api/.*")).willReturn(unauthorized().withBody(large)));
		WebClient client = client().mutate().codecs((codecs) -> codecs.defaultCodecs().maxInMemorySize(-1)).build();
		assertThat(client.get().uri("x").exchangeToMono((response) -> response.bodyToMono(String.class)).block())
			.hasSize(large.length());
	}

	@Test
	void handsTheCallerTheRefusalThatEndsTheExchange() {
		issueOneAfterTheOther();
		this.server.stubFor(any(urlPathMatching("/api/.*")).willReturn(unauthorized().withBody("refused")));
		String body = Objects.requireNonNull(
				client().get().uri("x").exchangeToMono((response) -> response.bodyToMono(String.class)).block());
		assertThat(body).isEqualTo("refused");
		this.server.verify(2, anyRequestedFor(urlPathMatching("/api/.*")));
		this.server.verify(2, postRequestedFor(urlEqualTo("/oauth2/token")));
		assertThat(status(client().get().uri("x"))).isEqualTo(HttpStatus.UNAUTHORIZED);
	}

	@Test
	void handsTheCallerTheRefusalWhereTheEndpointIssuesTheSameTokenAgain() {
		this.server.stubFor(any(urlPathMatching("/api/.*"))
			.willReturn(unauthorized().withHeader("X-Request", "1").withBody("refused")));
		WebClient client = client();
		String body = client.get()
			.uri("x")
			.exchangeToMono((response) -> response.bodyToMono(String.class)
				.map((text) -> text + response.headers().header("X-Request")))
			.block();
		assertThat(body).isEqualTo("refused[1]");
		this.server.verify(1, anyRequestedFor(urlPathMatching("/api/.*")));
		assertThat(status(client.get().uri("x"))).isEqualTo(HttpStatus.UNAUTHORIZED);
		this.server.verify(2, postRequestedFor(urlEqualTo("/oauth2/token")));
	}

	@Test
	void handsOverTheLastAnswerWithItsBodyAndDropsNoError() {
		List<Throwable> dropped = new CopyOnWriteArrayList<>();
		Hooks.onErrorDropped(dropped::add);
		try {
			this.server.stubFor(any(urlPathMatching("/api/.*"))
				.willReturn(aResponse().withStatus(429).withHeader("Retry-After", "0").withBody("slow down")));
			assertThat(client().get().uri("x").exchangeToMono((response) -> response.bodyToMono(String.class)).block())
				.isEqualTo("slow down");
			this.server.verify(3, anyRequestedFor(urlPathMatching("/api/.*")));
			assertThat(dropped).isEmpty();
		}
		finally {
			Hooks.resetOnErrorDropped();
		}
	}

	@Test
	void aForbiddenCallEvictsNothing() {
		this.server.stubFor(any(urlPathMatching("/api/.*")).willReturn(aResponse().withStatus(403)));
		WebClient client = client();
		assertThat(status(client.get().uri("x"))).isEqualTo(HttpStatus.FORBIDDEN);
		assertThat(status(client.get().uri("x"))).isEqualTo(HttpStatus.FORBIDDEN);
		this.server.verify(1, postRequestedFor(urlEqualTo("/oauth2/token")));
	}

	@Test
	@DisplayName("Row 11: 401 for 1,000 calls in flight with one token")
	void aThousandCallsInFlightWithARefusedTokenMakeOneFetchAndAllSucceed() {
		issueOneAfterTheOther();
		this.server.stubFor(any(urlPathMatching("/api/.*")).willReturn(unauthorized().withFixedDelay(50)));
		this.server.stubFor(accepting("token-2"));
		WebClient client = client();
		Long succeeded = Flux.range(0, 1000)
			.flatMap((i) -> client.get().uri("x").retrieve().toBodilessEntity(), 1000)
			.count()
			.block();
		assertThat(succeeded).isEqualTo(1000);
		this.server.verify(2, postRequestedFor(urlEqualTo("/oauth2/token")));
		assertThat(this.server.countRequestsMatching(anyRequestedFor(urlPathMatching("/api/.*")).build()).getCount())
			.isBetween(1001, 2000);
	}

	@Test
	@DisplayName("Row 13: 401 on a body that cannot be retried")
	void doesNotRepeatABodyThatCannotBeSentAgainAndLeaksNoConnection() {
		issueOneAfterTheOther();
		this.server.stubFor(any(urlPathMatching("/api/.*")).willReturn(unauthorized().withBody("refused")));
		WebClient client = client();
		int calls = 200;
		Long refused = Flux.range(0, calls)
			.flatMap(
					(i) -> client.post()
						.uri("x")
						.contentType(MediaType.APPLICATION_OCTET_STREAM)
						.body(BodyInserters.fromDataBuffers(Flux.fromStream(IntStream.of(i)
							.mapToObj((n) -> DefaultDataBufferFactory.sharedInstance
								.wrap(new byte[(n % 7 + 1) + 256 * 1024])))))
						.exchangeToMono((response) -> response.bodyToMono(String.class)),
					64)
			.filter("refused"::equals)
			.count()
			.block();
		assertThat(refused).isEqualTo(calls);
		this.server.verify(calls, anyRequestedFor(urlPathMatching("/api/.*")));
		assertThat(status(client.post()
			.uri("x")
			.body(BodyInserters.fromResource(
					new InputStreamResource(new ByteArrayInputStream("once".getBytes(StandardCharsets.UTF_8)))))))
			.isEqualTo(HttpStatus.UNAUTHORIZED);
		assertThat(this.server.findAll(postRequestedFor(urlEqualTo("/oauth2/token")))).hasSizeGreaterThan(1);
		this.server.verify(calls + 1, anyRequestedFor(urlPathMatching("/api/.*")));
		Awaitility.await().atMost(Duration.ofMinutes(5)).untilAsserted(() -> assertThat(this.pool.acquired()).isZero());
		assertThat(this.pool.allocated()).isBetween(1, MAX_CONNECTIONS);
	}

	private void issue(String token) {
		this.server.stubFor(post("/oauth2/token")
			.willReturn(okJson("{\"access_token\":\"" + token + "\",\"expires_in\":3600,\"token_type\":\"Bearer\"}")));
	}

	private void issueOneAfterTheOther() {
		for (int i = 1; i < 5; i++) {
			this.server.stubFor(post("/oauth2/token").inScenario("tokens")
				.whenScenarioStateIs((i > 1) ? "issued " + (i - 1) : Scenario.STARTED)
				.willSetStateTo("issued " + i)
				.willReturn(okJson(
						"{\"access_token\":\"token-" + i + "\",\"expires_in\":3600,\"token_type\":\"Bearer\"}")));
		}
	}

	private static MappingBuilder accepting(String token) {
		return any(urlPathMatching("/api/.*")).atPriority(1)
			.withHeader(HttpHeaders.AUTHORIZATION, equalTo("Bearer " + token))
			.willReturn(okJson("{}"));
	}

	private WebClient client() {
		ReactorClientHttpConnector connector = new ReactorClientHttpConnector(HttpClient.create(this.pool.provider()));
		AccessTokenCache cache = new AccessTokenCache(AccessTokenRequest.create(TokenSimulation.ACCOUNT,
				ClientRegistration.withClientRegistration(TokenSimulation.REGISTRATION)
					.tokenUri(this.server.baseUrl() + "/oauth2/token")
					.build(),
				Mono.just("secret"),
				() -> WebClient.builder()
					.clientConnector(new ReactorClientHttpConnector(HttpClient.newConnection()))
					.build(),
				Duration.ofHours(1), ObservationRegistry.NOOP, null), 0.75);
		URI baseUrl = URI.create(this.server.baseUrl() + "/api/");
		return WebClient.builder()
			.clientConnector(connector)
			.baseUrl(baseUrl.toString())
			.filter(new BearerTokenExchangeFilterFunction(cache, Origin.of(baseUrl),
					new RetryPolicy(3, Duration.ofSeconds(10), false), new ExchangeStatistics()))
			.build();
	}

	private static HttpStatusCode status(WebClient.RequestHeadersSpec<?> request) {
		return Objects.requireNonNull(request.exchangeToMono((response) -> response.toBodilessEntity()).block())
			.getStatusCode();
	}

}
