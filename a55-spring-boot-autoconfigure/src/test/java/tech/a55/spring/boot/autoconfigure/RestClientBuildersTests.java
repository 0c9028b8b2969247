package tech.a55.spring.boot.autoconfigure;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.converter.autoconfigure.HttpMessageConvertersAutoConfiguration;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.service.HttpServiceClientAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.ApplicationContextAssertProvider;
import org.springframework.boot.test.context.runner.AbstractApplicationContextRunner;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RestClientBuilders}.
 */
class RestClientBuildersTests {

	private static final AutoConfigurations BOOT_MODULE = AutoConfigurations.of(
			HttpMessageConvertersAutoConfiguration.class, RestClientAutoConfiguration.class,
			HttpServiceClientAutoConfiguration.class);

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void clientsOfAConsoleApplicationMapAlike(boolean bootModule) {
		assertMapsAlike(new ApplicationContextRunner(), bootModule);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void clientsOfAServletApplicationMapAlike(boolean bootModule) {
		assertMapsAlike(new WebApplicationContextRunner(), bootModule);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void clientsOfAReactiveApplicationMapAlike(boolean bootModule) {
		assertMapsAlike(new ReactiveWebApplicationContextRunner(), bootModule);
	}

	@Test
	void clientMapsAsTheMapperOfTheHostDoes() {
		stub();
		contextRunner(new ApplicationContextRunner(), BlockingHost.class)
			.withBean(JsonMapper.class, () -> JsonMapper.builder().addMixIn(Wallet.class, Renamed.class).build())
			.run((context) -> assertThat(context.getBean(BlockingWallets.class).create(new Wallet("w1")))
				.isEqualTo(new Wallet("w1")));
		server.verify(1, WireMock.postRequestedFor(WireMock.anyUrl())
			.withRequestBody(WireMock.equalToJson("{\"wallet_uuid\":\"w1\"}")));
	}

	@Test
	void customizerOfTheHostReplacesTheMapper() {
		stub();
		contextRunner(new ApplicationContextRunner(), BlockingHost.class).withConfiguration(BOOT_MODULE)
			.withBean(RestClientCustomizer.class, () -> RestClientBuildersTests::replaceMapper)
			.run((context) -> {
				post(context.getBean(RestClient.class));
				context.getBean(BlockingWallets.class).create(new Wallet("w1"));
			});
		server.verify(2, WireMock.postRequestedFor(WireMock.urlPathMatching("/api/.*"))
			.withRequestBody(WireMock.equalToJson("{\"wallet_uuid\":\"w1\"}")));
	}

	@Test
	void clientsAreCreatedWithoutJackson() {
		contextRunner(new ApplicationContextRunner(), BlockingHost.class)
			.withClassLoader(new FilteredClassLoader("tools.jackson"))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	private static void replaceMapper(RestClient.Builder builder) {
		JsonMapper mapper = JsonMapper.builder().addMixIn(Wallet.class, Renamed.class).build();
		builder.configureMessageConverters(
				(converters) -> converters.addCustomConverter(new JacksonJsonHttpMessageConverter(mapper)));
	}

	private static <S extends AbstractApplicationContextRunner<S, C, A>, C extends ConfigurableApplicationContext, A extends ApplicationContextAssertProvider<C>> void assertMapsAlike(
			AbstractApplicationContextRunner<S, C, A> runner, boolean bootModule) {
		stub();
		S snakeCase = runner.withPropertyValues("spring.jackson.property-naming-strategy=SNAKE_CASE");
		S configured = bootModule ? snakeCase.withConfiguration(BOOT_MODULE)
				: snakeCase.withClassLoader(new FilteredClassLoader("org.springframework.boot.restclient",
						"org.springframework.boot.http.converter"));
		contextRunner(configured, Host.class).run((context) -> {
			assertThat(context.getBean(WebClient.class)
				.post()
				.uri("wallet")
				.bodyValue(new Wallet("w1"))
				.retrieve()
				.bodyToMono(Wallet.class)
				.block()).isEqualTo(new Wallet("w1"));
			assertThat(context.getBean(Wallets.class).create(new Wallet("w1"))).isEqualTo(new Wallet("w1"));
		});
		contextRunner(configured, BlockingHost.class).run((context) -> {
			assertThat(post(context.getBean(RestClient.class))).isEqualTo(new Wallet("w1"));
			assertThat(context.getBean(BlockingWallets.class).create(new Wallet("w1"))).isEqualTo(new Wallet("w1"));
		});
		server.verify(4, WireMock.postRequestedFor(WireMock.urlPathMatching("/api/.*"))
			.withRequestBody(WireMock.equalToJson("{\"wallet_uuid\":\"w1\"}")));
	}

	private static Wallet post(RestClient client) {
		return client.post().uri("wallet").body(new Wallet("w1")).retrieve().requiredBody(Wallet.class);
	}

	private static <S extends AbstractApplicationContextRunner<S, C, A>, C extends ConfigurableApplicationContext, A extends ApplicationContextAssertProvider<C>> S contextRunner(
			AbstractApplicationContextRunner<S, C, A> runner, Class<?> host) {
		return runner.withConfiguration(TestA55.AUTO_CONFIGURATIONS)
			.withPropertyValues(TestA55.CREDENTIALS)
			.withPropertyValues("a55.base-url=" + server.url("/api/v1/"),
					"a55.token-uri=" + server.url(TestA55.TOKEN_PATH), "a55.rest-client.enabled=true")
			.withUserConfiguration(host);
	}

	private static void stub() {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.post(WireMock.urlPathMatching("/api/.*"))
			.willReturn(WireMock.okJson("{\"wallet_uuid\":\"w1\"}")));
	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class, clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	static class Host {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = BlockingWallets.class)
	static class BlockingHost {

	}

	interface Wallets {

		@PostExchange("wallet")
		Wallet create(@RequestBody Wallet wallet);

	}

	interface BlockingWallets {

		@PostExchange("wallet")
		Wallet create(@RequestBody Wallet wallet);

	}

	record Wallet(String walletUuid) {

	}

	abstract static class Renamed {

		@JsonProperty("wallet_uuid")
		@Nullable String walletUuid;

	}

}
