package tech.a55.spring.boot.autoconfigure;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.A55WebClientCustomizer;
import tech.a55.spring.boot.connector.TestConnectors;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.service.HttpServiceClientAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.HttpRequest;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for HTTP interfaces in group {@code a55}.
 */
@ExtendWith(OutputCaptureExtension.class)
class A55HttpServiceGroupTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	@RegisterExtension
	static final WireMockExtension otherServer = TestA55.server();

	private final ApplicationContextRunner contextRunner = TestA55.contextRunner(server)
		.withUserConfiguration(Host.class);

	@Test
	void interfaceIsBasedAndAuthenticatedWithNoFurtherConfiguration() {
		TestA55.stub(server, "group-token");
		this.contextRunner.run((context) -> {
			assertThat(context.getBean(Wallets.class).get().getBody()).isEqualTo("ok");
			assertThat(context.getBean(WalletsWithFirstSlash.class).get().getBody()).isEqualTo("ok");
		});
		server.verify(2, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/"))
			.withHeader("Authorization", WireMock.equalTo("Bearer group-token")));
	}

	@Test
	void interfaceReturnsAStream() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/bank/wallet/")
			.withHeader("Authorization", WireMock.equalTo("Bearer token"))
			.willReturn(WireMock.okJson("[{\"uuid\":\"a\"},{\"uuid\":\"b\"}]")));
		this.contextRunner.run((context) -> assertThat(context.getBean(Wallets.class).stream().collectList().block())
			.containsExactly(new Wallet("a"), new Wallet("b")));
	}

	@Test
	void interfaceAndWebClientShareOneToken() {
		TestA55.stub(server, "shared-token");
		this.contextRunner.run((context) -> {
			context.getBean(Wallets.class).get();
			context.getBean(WebClient.class).get().uri("charge").retrieve().toBodilessEntity().block();
		});
		server.verify(1, TestA55.TOKEN_REQUEST);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/api/v2", "/api/v2/" })
	void baseUrlOfTheGroupGoesBeforeOurs(String path) {
		TestA55.stub(server, "token");
		this.contextRunner.withPropertyValues("spring.http.serviceclient.a55.base-url=" + server.url(path))
			.run((context) -> assertThat(context.getBean(WalletsWithFirstSlash.class).get().getBody()).isEqualTo("ok"));
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v2/bank/wallet/")));
	}

	@Test
	void baseUrlOfTheGroupAtAnotherOriginIsRefused() {
		TestA55.stub(server, "token");
		this.contextRunner.withPropertyValues("spring.http.serviceclient.a55.base-url=" + otherServer.url("/api/v1/"))
			.run((context) -> assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> context.getBean(Wallets.class).get())
				.withMessageContaining("a55.base-url"));
		server.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
		otherServer.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	@Test
	void otherPropertiesOfTheGroupAreUsed() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/bank/wallet/").willReturn(WireMock.ok().withFixedDelay(5000)));
		this.contextRunner
			.withPropertyValues("spring.http.serviceclient.a55.read-timeout=50ms",
					"spring.http.serviceclient.a55.default-header.X-Test=group")
			.run((context) -> assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> context.getBean(Wallets.class).get()));
		TestConnectors.eventually()
			.untilAsserted(() -> server.verify(1,
					WireMock.getRequestedFor(WireMock.anyUrl()).withHeader("X-Test", WireMock.equalTo("group"))));
	}

	@Test
	void otherGroupGetsNoToken() {
		TestA55.stub(server, "token");
		otherServer.stubFor(WireMock.get("/bank/wallet/").willReturn(WireMock.ok("other")));
		this.contextRunner.withPropertyValues("spring.http.serviceclient.other.base-url=" + otherServer.url("/"))
			.withBean(A55WebClientCustomizer.class, () -> (builder) -> builder.defaultHeader("X-Test", "a55"))
			.run((context) -> assertThat(context.getBean(OtherWallets.class).get()).isEqualTo("other"));
		otherServer.verify(1,
				WireMock.getRequestedFor(WireMock.urlEqualTo("/bank/wallet/"))
					.withoutHeader("Authorization")
					.withoutHeader("X-Test"));
		server.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	@Test
	void customizersAreAppliedToTheGroup() {
		TestA55.stub(server, "token");
		this.contextRunner
			.withBean(A55WebClientCustomizer.class, () -> (builder) -> builder.defaultHeader("X-Test", "a55"))
			.run((context) -> context.getBean(Wallets.class).get());
		server.verify(1, WireMock.getRequestedFor(WireMock.anyUrl()).withHeader("X-Test", WireMock.equalTo("a55")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.enabled=true", "spring.http.clients.redirects=follow",
			"spring.http.serviceclient.a55.redirects=follow" })
	void redirectIsNotFollowed(String property) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v1/bank/wallet/")
			.willReturn(WireMock.temporaryRedirect(otherServer.url("/elsewhere"))));
		this.contextRunner.withPropertyValues(property).run((context) -> assertThat(status(context)).isEqualTo(302));
		otherServer.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	@ParameterizedTest
	@CsvSource({ "dont-follow, follow, 200", "follow, dont-follow, 302" })
	void redirectsOfTheGroupGoBeforeOurs(String ours, String ofGroup, int status) {
		TestA55.stub(server, "token");
		server.stubFor(
				WireMock.get("/api/v1/bank/wallet/").willReturn(WireMock.temporaryRedirect(server.url("/api/v2/"))));
		this.contextRunner
			.withPropertyValues("a55.redirects=" + ours, "spring.http.serviceclient.a55.redirects=" + ofGroup)
			.run((context) -> assertThat(status(context)).isEqualTo(status));
	}

	private static int status(ApplicationContext context) {
		try {
			return context.getBean(Wallets.class).get().getStatusCode().value();
		}
		catch (WebClientResponseException ex) {
			return ex.getStatusCode().value();
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { Ordered.HIGHEST_PRECEDENCE, 10, Ordered.LOWEST_PRECEDENCE })
	void filterOfAnotherConfigurerDoesNotGetBetweenAnInterfaceAndA55(int order, CapturedOutput output) {
		TestA55.stub(server, "token");
		Elsewhere elsewhere = new Elsewhere(order);
		this.contextRunner.withBean(WebClientHttpServiceGroupConfigurer.class, () -> elsewhere)
			.run((context) -> assertThat(context.getBean(Wallets.class).get().getBody()).isEqualTo("ok"));
		assertThat(output).contains("call A55 without the filter " + Elsewhere.class.getName());
	}

	@ParameterizedTest
	@ValueSource(ints = { Ordered.HIGHEST_PRECEDENCE, 10, Ordered.LOWEST_PRECEDENCE })
	void interceptorOfAnotherConfigurerDoesNotGetBetweenAnInterfaceAndA55(int order, CapturedOutput output) {
		TestA55.stub(server, "token");
		BlockingElsewhere elsewhere = new BlockingElsewhere(order);
		TestA55.contextRunner(server)
			.withUserConfiguration(BlockingHost.class)
			.withBean(RestClientHttpServiceGroupConfigurer.class, () -> elsewhere)
			.run((context) -> assertThat(context.getBean(BlockingWallets.class).get()).isEqualTo("ok"));
		assertThat(output).contains("call A55 without the interceptor " + BlockingElsewhere.class.getName())
			.contains("call A55 without the initializer ");
	}

	@Test
	void filtersOfTheCustomizersOfAllClientsStay(CapturedOutput output) {
		TestA55.stub(server, "token");
		this.contextRunner
			.withBean(WebClientCustomizer.class,
					() -> (builder) -> builder.filter((request, next) -> next
						.exchange(ClientRequest.from(request).header("X-Test", "filter").build())))
			.run((context) -> context.getBean(Wallets.class).get());
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/"))
			.withHeader("X-Test", WireMock.equalTo("filter")));
		assertThat(output).doesNotContain("call A55 without");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void interceptorsOfTheCustomizersOfAllClientsStay(boolean interfaces, CapturedOutput output) {
		TestA55.stub(server, "token");
		TestA55.contextRunner(server)
			.withConfiguration(
					AutoConfigurations.of(RestClientAutoConfiguration.class, HttpServiceClientAutoConfiguration.class))
			.withUserConfiguration(BlockingHost.class)
			.withPropertyValues("a55.rest-client.enabled=true")
			.withBean(RestClientCustomizer.class,
					() -> (builder) -> builder.requestInterceptor((request, body, next) -> {
						request.getHeaders().add("X-Test", "interceptor");
						return next.execute(request, body);
					}))
			.run((context) -> assertThat(interfaces ? context.getBean(BlockingWallets.class).get()
					: context.getBean(RestClient.class).get().uri("bank/wallet/").retrieve().body(String.class))
				.isEqualTo("ok"));
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/"))
			.withHeader("X-Test", WireMock.equalTo("interceptor")));
		assertThat(output).doesNotContain("call A55 without");
	}

	@Test
	void headersOfAnotherConfigurerStay() {
		TestA55.stub(server, "token");
		this.contextRunner
			.withBean(WebClientHttpServiceGroupConfigurer.class,
					() -> (groups) -> groups
						.forEachClient((group, builder) -> builder.defaultHeader("X-Test", "configurer")))
			.run((context) -> context.getBean(Wallets.class).get());
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/"))
			.withHeader("X-Test", WireMock.equalTo("configurer")));
	}

	@Test
	void nothingIsFetchedAtStart() {
		this.contextRunner.run((context) -> assertThat(context).hasNotFailed());
		server.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = { Wallets.class, WalletsWithFirstSlash.class },
			clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	@ImportHttpServices(group = "other", types = OtherWallets.class,
			clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	static class Host {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = BlockingWallets.class)
	static class BlockingHost {

	}

	/**
	 * What a load balancer does: another base URL, and a filter that changes it again.
	 */
	private static final class Elsewhere implements WebClientHttpServiceGroupConfigurer, ExchangeFilterFunction {

		private final int order;

		Elsewhere(int order) {
			this.order = order;
		}

		@Override
		public int getOrder() {
			return this.order;
		}

		@Override
		public void configureGroups(Groups<WebClient.Builder> groups) {
			groups.forEachClient((group, builder) -> builder.baseUrl("http://a55").filter(this));
		}

		@Override
		public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
			return Mono.error(new IllegalStateException("No instance of a service"));
		}

	}

	private static final class BlockingElsewhere
			implements RestClientHttpServiceGroupConfigurer, ClientHttpRequestInterceptor {

		private final int order;

		BlockingElsewhere(int order) {
			this.order = order;
		}

		@Override
		public int getOrder() {
			return this.order;
		}

		@Override
		public void configureGroups(Groups<RestClient.Builder> groups) {
			groups.forEachClient((group,
					builder) -> builder.baseUrl("http://a55").requestInterceptor(this).requestInitializer((request) -> {
						throw new IllegalStateException("No instance of a service");
					}));
		}

		@Override
		public ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution) {
			throw new IllegalStateException("No instance of a service");
		}

	}

	interface BlockingWallets {

		@GetExchange("bank/wallet/")
		String get();

	}

	interface Wallets {

		@GetExchange("bank/wallet/")
		ResponseEntity<String> get();

		@GetExchange("bank/wallet/")
		Flux<Wallet> stream();

	}

	record Wallet(String uuid) {

	}

	interface WalletsWithFirstSlash {

		@GetExchange("/bank/wallet/")
		ResponseEntity<String> get();

	}

	interface OtherWallets {

		@GetExchange("bank/wallet/")
		String get();

	}

}
