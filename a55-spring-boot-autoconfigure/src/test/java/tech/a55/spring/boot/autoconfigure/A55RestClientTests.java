package tech.a55.spring.boot.autoconfigure;

import java.util.List;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.a55.spring.boot.connector.TestConnectors;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.service.HttpServiceClientAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the bean {@code a55RestClient}.
 */
class A55RestClientTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final ApplicationContextRunner contextRunner = TestA55.contextRunner(server)
		.withPropertyValues("a55.rest-client.enabled=true");

	@Test
	void isThereOnlyWhenSwitchedOn() {
		TestA55.contextRunner(server).run((context) -> assertThat(context).doesNotHaveBean(RestClient.class));
		this.contextRunner
			.run((context) -> assertThat(context).hasSingleBean(RestClient.class).hasBean("a55RestClient"));
	}

	@Test
	void callsWithTheTokenOfTheWebClient() {
		TestA55.stub(server, "shared-token");
		this.contextRunner.run((context) -> {
			assertThat(get(context.getBean(RestClient.class), "bank/wallet/")).isEqualTo("ok");
			assertThat(get(context.getBean(RestClient.class), "/bank/wallet/")).isEqualTo("ok");
			context.getBean(WebClient.class).get().uri("bank/wallet/").retrieve().toBodilessEntity().block();
		});
		server.verify(1, TestA55.TOKEN_REQUEST);
		server.verify(3, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/")));
	}

	@Test
	void customizersOfTheHostComeAlongAndItsBuilderDoesNot() {
		TestA55.stub(server, "token");
		this.contextRunner
			.withBean(RestClient.Builder.class, () -> RestClient.builder().defaultHeader("X-Builder", "host"))
			.withBean(RestClientCustomizer.class, () -> (builder) -> builder.defaultHeader("X-Customizer", "host"))
			.run((context) -> get(context.getBean(RestClient.class), "x"));
		server.verify(1,
				WireMock.getRequestedFor(WireMock.anyUrl())
					.withHeader("X-Customizer", WireMock.equalTo("host"))
					.withoutHeader("X-Builder"));
	}

	@Test
	void isThereWithoutTheModuleOfBoot() {
		TestA55.stub(server, "token");
		this.contextRunner.withClassLoader(new FilteredClassLoader("org.springframework.boot.restclient"))
			.run((context) -> get(context.getBean(RestClient.class), "x"));
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/x")));
	}

	@Test
	void aBeanOfTheSameNameReplacesIt() {
		RestClient own = RestClient.create();
		this.contextRunner.withBean("a55RestClient", RestClient.class, () -> own)
			.run((context) -> assertThat(context.getBean(RestClient.class)).isSameAs(own));
	}

	@Test
	void interfacesOfTheGroupAreBasedAndAuthenticatedWithNoFurtherConfiguration() {
		TestA55.stub(server, "group-token");
		for (String enabled : List.of("true", "false")) {
			this.contextRunner.withUserConfiguration(Host.class)
				.withPropertyValues("a55.rest-client.enabled=" + enabled)
				.run((context) -> assertThat(context.getBean(Wallets.class).get()).isEqualTo("ok"));
		}
		server.verify(2, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/")));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void propertiesOfTheGroupAreUsedWithTheModuleOfBootAndWithout(boolean withModule) {
		TestA55.stub(server, "token");
		server.stubFor(WireMock.get("/api/v2/bank/wallet/").willReturn(WireMock.ok().withFixedDelay(60_000)));
		this.contextRunner.withUserConfiguration(Host.class)
			.withConfiguration(withModule
					? AutoConfigurations.of(ImperativeHttpClientAutoConfiguration.class,
							RestClientAutoConfiguration.class, HttpServiceClientAutoConfiguration.class)
					: AutoConfigurations.of())
			.withPropertyValues("spring.http.serviceclient.a55.read-timeout=50ms",
					"spring.http.serviceclient.a55.base-url=" + server.url("/api/v2/"),
					"spring.http.serviceclient.a55.default-header.X-Test=group",
					"spring.http.serviceclient.a55.apiversion.default=7",
					"spring.http.serviceclient.a55.apiversion.insert.header=X-Version")
			.run((context) -> assertThatExceptionOfType(ResourceAccessException.class)
				.isThrownBy(() -> context.getBean(Wallets.class).get()));
		// A busy server reads the request when the client has given it up
		TestConnectors.eventually()
			.untilAsserted(() -> server.verify(1,
					WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v2/bank/wallet/"))
						.withHeader("X-Test", WireMock.havingExactly("group"))
						.withHeader("X-Version", WireMock.havingExactly("7"))));
	}

	@Test
	void configurersOfTheHostGoBeforeThePropertiesOfTheGroup() {
		TestA55.stub(server, "token");
		RestClientHttpServiceGroupConfigurer own = (groups) -> groups
			.forEachClient((group, builder) -> builder.defaultHeader("X-Test", "own"));
		this.contextRunner.withUserConfiguration(Host.class)
			.withBean(RestClientHttpServiceGroupConfigurer.class, () -> own)
			.withPropertyValues("spring.http.serviceclient.a55.default-header.X-Test=group")
			.run((context) -> context.getBean(Wallets.class).get());
		server.verify(1,
				WireMock.getRequestedFor(WireMock.anyUrl()).withHeader("X-Test", WireMock.havingExactly("own")));
	}

	private static @Nullable String get(RestClient client, String uri) {
		return client.get().uri(uri).retrieve().body(String.class);
	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class)
	static class Host {

	}

	interface Wallets {

		@GetExchange("bank/wallet/")
		String get();

	}

}
