package tech.a55.spring.boot.autoconfigure;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link UnconfiguredA55AutoConfiguration}.
 */
@ExtendWith(OutputCaptureExtension.class)
class UnconfiguredA55AutoConfigurationTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(TestA55.AUTO_CONFIGURATIONS)
		.withConfiguration(AutoConfigurations.of(UnconfiguredA55AutoConfiguration.class))
		.withPropertyValues("spring.http.serviceclient.a55.base-url=" + server.url("/api/v1/"));

	@ParameterizedTest
	@CsvSource(delimiter = ';',
			value = { "a55.retry.enabled=true; neither 'a55.client-id' nor 'a55.client-secret' is set.",
					"a55.enabled=false; The A55 starter is disabled (a55.enabled=false)." })
	void callOfAnInterfaceFailsWithTheReasonAndNothingIsSent(String property, String reason, CapturedOutput output) {
		this.contextRunner.withPropertyValues(property).withUserConfiguration(Host.class).run((context) -> {
			assertWarnsOnce(output, reason);
			Mono<String> call = context.getBean(Wallets.class).get();
			assertThatIllegalStateException().isThrownBy(call::block).withMessageContaining(reason);
		});
		this.contextRunner.withPropertyValues(property)
			.withUserConfiguration(BlockingHost.class)
			.run((context) -> assertThatIllegalStateException()
				.isThrownBy(() -> context.getBean(BlockingWallets.class).create("wallet"))
				.withMessageContaining(reason));
		server.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	@Test
	void callOfAnInterfaceFailsInAContextWithoutTheAutoConfiguration(CapturedOutput output) {
		new ApplicationContextRunner().withPropertyValues(TestA55.CREDENTIALS)
			.withConfiguration(AutoConfigurations.of(UnconfiguredA55AutoConfiguration.class))
			.withUserConfiguration(BlockingHost.class)
			.run((context) -> {
				String reason = "A55AutoConfiguration is not part of this context.";
				assertWarnsOnce(output, reason);
				assertThatIllegalStateException()
					.isThrownBy(() -> context.getBean(BlockingWallets.class).create("wallet"))
					.withMessageContaining(reason);
			});
	}

	@ParameterizedTest
	@ValueSource(classes = { OtherHost.class, Object.class })
	void nothingIsSaidOfOtherInterfaces(Class<?> configuration, CapturedOutput output) {
		server.stubFor(WireMock.get("/bank/wallet").willReturn(WireMock.ok("other")));
		this.contextRunner.withUserConfiguration(configuration)
			.withPropertyValues("spring.http.serviceclient.other.base-url=" + server.url("/"))
			.run((context) -> {
				context.getBeanProvider(Wallets.class)
					.ifAvailable((wallets) -> assertThat(wallets.get().block()).isEqualTo("other"));
				assertThat(output).doesNotContain("A55");
			});
	}

	@Test
	void interfaceOfAnAccountFailsAsThatOfTheDefaultAccountDoes(CapturedOutput output) {
		this.contextRunner.withUserConfiguration(ShopHost.class).run((context) -> {
			String reason = "The HTTP interfaces in group 'a55-shop' cannot call A55. The A55 starter defines no client";
			assertThat(output).containsOnlyOnce(reason);
			assertThatIllegalStateException().isThrownBy(() -> context.getBean(BlockingWallets.class).create("wallet"))
				.withMessageContaining(reason);
			assertThatIllegalStateException().isThrownBy(() -> context.getBean(Wallets.class).get().block())
				.withMessageContaining("The HTTP interfaces in group 'a55-market' cannot call A55. ");
		});
		server.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	@Test
	void contextWithAnAccountIsLeftToTheA55AutoConfiguration(CapturedOutput output) {
		this.contextRunner.withPropertyValues(TestA55.account("shop"))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(UnconfiguredA55AutoConfiguration.class));
		assertThat(output).doesNotContain("cannot call A55");
	}

	@Test
	void contextWithoutInterfacesHasNothingOfOurs() {
		this.contextRunner.run((context) -> assertThat(context.getBeanDefinitionNames())
			.noneMatch((name) -> name.startsWith("a55") || name.startsWith("tech.a55")));
	}

	@Test
	void contextWithCredentialsIsLeftToTheA55AutoConfiguration(CapturedOutput output) {
		TestA55.stub(server, "token");
		TestA55.contextRunner(server)
			.withConfiguration(AutoConfigurations.of(UnconfiguredA55AutoConfiguration.class))
			.withUserConfiguration(Host.class)
			.run((context) -> {
				assertThat(context).doesNotHaveBean(UnconfiguredA55AutoConfiguration.class);
				assertThat(context.getBean(Wallets.class).get().block()).isEqualTo("ok");
			});
		assertThat(output).doesNotContain("cannot call A55");
	}

	private static void assertWarnsOnce(CapturedOutput output, String reason) {
		assertThat(output).contains("WARN", "The HTTP interfaces in group 'a55' cannot call A55. ", reason);
		assertThat(StringUtils.countOccurrencesOf(output.toString(), "cannot call A55")).isOne();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class, clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	static class Host {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55-shop", types = BlockingWallets.class)
	@ImportHttpServices(group = "a55-market", types = Wallets.class,
			clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	static class ShopHost {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = BlockingWallets.class)
	static class BlockingHost {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "other", types = Wallets.class, clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
	static class OtherHost {

	}

	interface Wallets {

		@GetExchange("bank/wallet")
		Mono<String> get();

	}

	interface BlockingWallets {

		@PostExchange("bank/wallet")
		String create(@RequestBody String wallet);

	}

}
