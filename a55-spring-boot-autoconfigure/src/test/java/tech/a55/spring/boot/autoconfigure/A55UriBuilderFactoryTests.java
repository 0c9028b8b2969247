package tech.a55.spring.boot.autoconfigure;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.service.HttpServiceClientAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;
import org.springframework.web.util.DefaultUriBuilderFactory;
import org.springframework.web.util.DefaultUriBuilderFactory.EncodingMode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the clients beside customizers that set a {@code UriBuilderFactory}, as many
 * applications do in order to encode URLs in another way.
 */
class A55UriBuilderFactoryTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final ApplicationContextRunner contextRunner = TestA55.contextRunner(server)
		.withConfiguration(
				AutoConfigurations.of(RestClientAutoConfiguration.class, HttpServiceClientAutoConfiguration.class))
		.withPropertyValues("a55.rest-client.enabled=true")
		.withBean(WebClientCustomizer.class, () -> (builder) -> builder.uriBuilderFactory(factory()))
		.withBean(RestClientCustomizer.class, () -> (builder) -> builder.uriBuilderFactory(factory()));

	@BeforeEach
	void stub() {
		TestA55.stub(server, "token");
	}

	@ParameterizedTest
	@ValueSource(strings = { "wallet/{id}", "/wallet/{id}" })
	void baseUrlAndEncodingApplyToTheClients(String uri) {
		this.contextRunner.run((context) -> {
			assertThat(context.getBean(WebClient.class)
				.get()
				.uri(uri, "a%2Fb")
				.retrieve()
				.bodyToMono(String.class)
				.block()).isEqualTo("ok");
			assertThat(context.getBean(RestClient.class).get().uri(uri, "a%2Fb").retrieve().body(String.class))
				.isEqualTo("ok");
		});
		server.verify(2, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/wallet/a%2Fb")));
	}

	@ParameterizedTest
	@ValueSource(classes = { Host.class, BlockingHost.class })
	void baseUrlOfTheGroupAndEncodingApplyToInterfaces(Class<?> host) {
		this.contextRunner.withUserConfiguration(host)
			.withPropertyValues("spring.http.serviceclient.a55.base-url=" + server.url("/api/v2"))
			.run((context) -> assertThat(context.getBean(Wallets.class).get("a%2Fb")).isEqualTo("ok"));
		server.verify(1, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v2/wallet/a%2Fb")));
	}

	@Test
	void baseUrlOfTheFactoryAtAnotherOriginIsRefused() {
		TestA55.contextRunner(server)
			.withBean(WebClientCustomizer.class,
					() -> (builder) -> builder
						.uriBuilderFactory(new DefaultUriBuilderFactory("https://elsewhere.example/")))
			.run((context) -> {
				WebClient.RequestHeadersSpec<?> request = context.getBean(WebClient.class).get().uri("wallet");
				assertThatExceptionOfType(ClientAuthorizationException.class)
					.isThrownBy(() -> request.retrieve().toBodilessEntity().block())
					.withMessageContaining("not to https://elsewhere.example:443");
			});
	}

	private static DefaultUriBuilderFactory factory() {
		DefaultUriBuilderFactory factory = new DefaultUriBuilderFactory();
		factory.setEncodingMode(EncodingMode.NONE);
		return factory;
	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class, clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	static class Host {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class)
	static class BlockingHost {

	}

	interface Wallets {

		@GetExchange("wallet/{id}")
		String get(@PathVariable String id);

	}

}
