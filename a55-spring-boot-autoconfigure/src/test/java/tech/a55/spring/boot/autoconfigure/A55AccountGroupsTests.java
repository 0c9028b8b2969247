package tech.a55.spring.boot.autoconfigure;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.A55Clients;
import tech.a55.spring.boot.A55WebClientCustomizer;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for HTTP interfaces of accounts other than the default one.
 */
@ExtendWith(OutputCaptureExtension.class)
class A55AccountGroupsTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final ApplicationContextRunner shopRunner = TestA55.runnerWithoutCredentials(server)
		.withPropertyValues(TestA55.account("shop"));

	private final ApplicationContextRunner contextRunner = this.shopRunner.withPropertyValues(TestA55.CREDENTIALS);

	@BeforeEach
	void stub() {
		TestA55.stub(server, TestA55.CLIENT_ID, "token-of-default");
		TestA55.stub(server, "shop-client", "token-of-shop");
		TestA55.stub(server, "market-client", "token-of-market");
	}

	@Test
	void interfacesAreAuthenticatedByTheirAccount() {
		this.contextRunner.withPropertyValues(TestA55.account("market"))
			.withUserConfiguration(Host.class, DefaultHost.class)
			.run((context) -> {
				assertThat(context.getBean(Wallets.class).get()).isEqualTo("ok");
				assertThat(context.getBean(Charges.class).get().block()).isEqualTo("ok");
				assertThat(context.getBean(Payouts.class).get()).isEqualTo("ok");
				assertSentWith("wallets", "token-of-shop");
				assertSentWith("charges", "token-of-market");
				assertSentWith("payouts", "token-of-default");
				TestA55.call(context, "shop");
				server.verify(3, TestA55.TOKEN_REQUEST);
			});
	}

	@Test
	void customizersAreToldOfTheAccount() {
		this.shopRunner.withPropertyValues(TestA55.account("market"))
			.withUserConfiguration(Host.class)
			.withBean(A55WebClientCustomizer.class, HeaderOfMarket::new)
			.run((context) -> context.getBean(Charges.class).get().block());
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/charges"))
			.withHeader("X-Client", WireMock.equalTo("market")));
	}

	@Test
	void propertiesOfTheGroupApply() {
		this.shopRunner.withPropertyValues(TestA55.account("market"))
			.withUserConfiguration(Host.class)
			.withPropertyValues("spring.http.serviceclient.a55-shop.base-url=" + server.url("/api/v2"),
					"spring.http.serviceclient.a55-shop.default-header.X-Test=shop",
					"spring.http.serviceclient.a55-market.base-url=" + server.url("/api/v3"))
			.run((context) -> {
				context.getBean(Wallets.class).get();
				context.getBean(Charges.class).get().block();
			});
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v2/wallets"))
			.withHeader("X-Test", WireMock.equalTo("shop")));
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v3/charges")));
	}

	@Test
	void invalidPropertyOfTheGroupIsNamed() {
		this.shopRunner.withPropertyValues(TestA55.account("market"))
			.withPropertyValues("spring.http.serviceclient.a55-shop.read-timeout=-1s")
			.withUserConfiguration(Host.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("'spring.http.serviceclient.a55-shop.read-timeout' is not positive"));
	}

	@ParameterizedTest
	@ValueSource(classes = { Host.class, OtherHost.class })
	void groupWithoutAnAccountStopsTheStart(Class<?> host) {
		this.contextRunner.withUserConfiguration(host)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidA55ConfigurationException.class)
				.hasMessage("The HTTP interfaces in group 'a55-market' cannot call A55. "
						+ "There is no A55 account 'market', but there are: default, shop."));
	}

	@Test
	void groupOfTheDefaultAccountStopsTheStartWhereThereIsNone() {
		this.shopRunner.withUserConfiguration(DefaultHost.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidA55ConfigurationException.class)
				.hasMessage("The HTTP interfaces in group 'a55' cannot call A55. "
						+ "There is no A55 account 'default', but there are: shop."));
	}

	@Test
	void interfacesKeepTheirAccountIfTheApplicationReplacesTheClients() {
		this.contextRunner.withPropertyValues(TestA55.account("market"))
			.withUserConfiguration(Host.class)
			.withBean("a55Clients", A55Clients.class, () -> mock())
			.run((context) -> assertThat(context.getBean(Wallets.class).get()).isEqualTo("ok"));
		assertSentWith("wallets", "token-of-shop");
	}

	@Test
	void interceptorOfAnotherConfigurerDoesNotGetBetweenAnAccountAndA55(CapturedOutput output) {
		this.contextRunner.withPropertyValues(TestA55.account("market"))
			.withUserConfiguration(Host.class)
			.withBean(RestClientHttpServiceGroupConfigurer.class, () -> (groups) -> groups
				.forEachClient((group, builder) -> builder.requestInterceptor((request, body, next) -> {
					throw new IllegalStateException("elsewhere");
				})))
			.run((context) -> assertThat(context.getBean(Wallets.class).get()).isEqualTo("ok"));
		assertThat(output).contains("The HTTP interfaces in group 'a55-shop' call A55 without the interceptor ");
	}

	private static void assertSentWith(String path, String token) {
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/" + path)));
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/" + path))
			.withHeader("Authorization", WireMock.equalTo("Bearer " + token)));
	}

	private static final class HeaderOfMarket implements A55WebClientCustomizer {

		@Override
		public void customize(WebClient.Builder builder) {
			throw new AssertionError();
		}

		@Override
		public void customize(String client, WebClient.Builder builder) {
			builder.defaultHeader("X-Client", client);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55-shop", types = Wallets.class)
	@ImportHttpServices(group = "a55-market", types = Charges.class,
			clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	static class Host {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55-market", types = Wallets.class)
	static class OtherHost {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Payouts.class)
	static class DefaultHost {

	}

	interface Wallets {

		@GetExchange("wallets")
		String get();

	}

	interface Charges {

		@GetExchange("charges")
		Mono<String> get();

	}

	interface Payouts {

		@GetExchange("payouts")
		String get();

	}

}
