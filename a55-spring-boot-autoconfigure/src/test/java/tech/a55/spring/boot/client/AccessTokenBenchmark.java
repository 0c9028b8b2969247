package tech.a55.spring.boot.client;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.mock.http.client.reactive.MockClientHttpResponse;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.AuthorizedClientServiceReactiveOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.InMemoryOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.InMemoryReactiveOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.client.registration.InMemoryReactiveClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.reactive.function.client.ServerOAuth2AuthorizedClientExchangeFilterFunction;
import org.springframework.security.oauth2.client.web.reactive.function.client.ServletOAuth2AuthorizedClientExchangeFilterFunction;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * What the access token costs a call: the token at hand, and a whole call over a
 * connector that answers at once.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@State(Scope.Benchmark)
public class AccessTokenBenchmark {

	private static final String BASE_URL = "https://api.example.com/api/v1/";

	private static final String TOKEN = "a".repeat(1000);

	private final AccessTokenCache cache = TokenSimulation
		.cache((request) -> TokenSimulation.token(TOKEN, Duration.ofHours(24)));

	private final WebClient a55 = client(
			new BearerTokenExchangeFilterFunction(this.cache, Origin.of(URI.create(BASE_URL)),
					new RetryPolicy(3, Duration.ofSeconds(10), false), new ExchangeStatistics()));

	private final WebClient staticHeader = builder().defaultHeader(HttpHeaders.AUTHORIZATION, "Bearer " + TOKEN)
		.build();

	private final WebClient reactiveFilter = client(reactiveFilter());

	private final WebClient servletFilter = client(servletFilter());

	private final MockHttpServletRequest servletRequest = new MockHttpServletRequest();

	private final MockHttpServletResponse servletResponse = new MockHttpServletResponse();

	/**
	 * Fetch the one token.
	 */
	public AccessTokenBenchmark() {
		Objects.requireNonNull(this.cache.obtain().block());
	}

	@Benchmark
	public Object hit() {
		return Objects.requireNonNull(this.cache.handOut(Context.empty()));
	}

	@Benchmark
	@Threads(Threads.MAX)
	public Object contendedHit() {
		return Objects.requireNonNull(this.cache.handOut(Context.empty()));
	}

	@Benchmark
	public Object callWithStaticHeader() {
		return call(this.staticHeader.get().uri("bank/wallet/"));
	}

	@Benchmark
	public Object callWithA55() {
		return call(this.a55.get().uri("bank/wallet/"));
	}

	@Benchmark
	public Object callWithReactiveFilter() {
		return call(this.reactiveFilter.get().uri("bank/wallet/"));
	}

	@Benchmark
	public Object callWithServletFilter() {
		return call(this.servletFilter.get()
			.uri("bank/wallet/")
			.attributes(ServletOAuth2AuthorizedClientExchangeFilterFunction.clientRegistrationId("a55"))
			.attribute(HttpServletRequest.class.getName(), this.servletRequest)
			.attribute(HttpServletResponse.class.getName(), this.servletResponse));
	}

	private static Object call(WebClient.RequestHeadersSpec<?> request) {
		ResponseEntity<Void> response = request.retrieve().toBodilessEntity().block();
		return Objects.requireNonNull(response);
	}

	private static OAuth2AccessToken token() {
		Instant now = Instant.now();
		return new OAuth2AccessToken(OAuth2AccessToken.TokenType.BEARER, TOKEN, now, now.plus(Duration.ofHours(1)));
	}

	private static WebClient.Builder builder() {
		return WebClient.builder().baseUrl(BASE_URL).clientConnector(new AnsweringConnector());
	}

	private static WebClient client(ExchangeFilterFunction filter) {
		return builder().filter(filter).build();
	}

	private static ExchangeFilterFunction reactiveFilter() {
		InMemoryReactiveClientRegistrationRepository registrations = new InMemoryReactiveClientRegistrationRepository(
				TokenSimulation.REGISTRATION);
		InMemoryReactiveOAuth2AuthorizedClientService clients = new InMemoryReactiveOAuth2AuthorizedClientService(
				registrations);
		Authentication anonymous = new AnonymousAuthenticationToken("anonymous", "anonymousUser",
				AuthorityUtils.createAuthorityList("ROLE_ANONYMOUS"));
		clients
			.saveAuthorizedClient(new OAuth2AuthorizedClient(TokenSimulation.REGISTRATION, "anonymousUser", token()),
					anonymous)
			.block();
		ServerOAuth2AuthorizedClientExchangeFilterFunction filter = new ServerOAuth2AuthorizedClientExchangeFilterFunction(
				new AuthorizedClientServiceReactiveOAuth2AuthorizedClientManager(registrations, clients));
		filter.setDefaultClientRegistrationId("a55");
		return filter;
	}

	private static ExchangeFilterFunction servletFilter() {
		InMemoryClientRegistrationRepository registrations = new InMemoryClientRegistrationRepository(
				List.of(TokenSimulation.REGISTRATION));
		InMemoryOAuth2AuthorizedClientService clients = new InMemoryOAuth2AuthorizedClientService(registrations);
		clients.saveAuthorizedClient(new OAuth2AuthorizedClient(TokenSimulation.REGISTRATION, "anonymousUser", token()),
				new TestingAuthenticationToken("anonymousUser", "n/a"));
		return new ServletOAuth2AuthorizedClientExchangeFilterFunction(
				new AuthorizedClientServiceOAuth2AuthorizedClientManager(registrations, clients));
	}

	/**
	 * Writes each request and answers it at once.
	 */
	private static final class AnsweringConnector implements ClientHttpConnector {

		@Override
		public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
				Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
			MockClientHttpRequest request = new MockClientHttpRequest(method, uri);
			return requestCallback.apply(request).then(Mono.fromSupplier(() -> {
				Objects.requireNonNull(request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION));
				return new MockClientHttpResponse(HttpStatus.OK);
			}));
		}

	}

}
