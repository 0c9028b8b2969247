package tech.a55.sample.simulator;

import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SimulatorInitializer}.
 */
@ExtendWith(OutputCaptureExtension.class)
class SimulatorInitializerTests {

	private final AtomicReference<@Nullable URI> baseUrl = new AtomicReference<>();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withInitializer((context) -> new SimulatorInitializer().initialize((GenericApplicationContext) context))
		.withInitializer(
				(context) -> this.baseUrl.set(context.getEnvironment().getProperty("a55.base-url", URI.class)));

	@Test
	void replacesCredentialsThatAreMissing(CapturedOutput output) {
		this.contextRunner.run((context) -> {
			A55Simulator simulator = context.getBean(A55Simulator.class);
			assertUses(context.getEnvironment(), simulator);
			assertThat(output.getOut()).containsOnlyOnce("simulator of A55 at " + simulator.baseUrl())
				.contains("A55_CLIENT_ID", "A55_CLIENT_SECRET")
				.doesNotContain(simulator.clientSecret(), simulator.shopClientSecret());
		});
	}

	@Test
	void replacesCredentialsThatAreEmpty() {
		this.contextRunner.withPropertyValues("a55.client-id=", "a55.client-secret=")
			.run((context) -> assertUses(context.getEnvironment(), context.getBean(A55Simulator.class)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.client-id=someone", "a55.client-secret=something" })
	void leavesASingleCredentialToTheStarter(String property) {
		this.contextRunner.withPropertyValues(property).run((context) -> {
			assertThat(context).doesNotHaveBean(A55Simulator.class);
			assertThat(this.baseUrl).hasValue(null);
		});
	}

	@Test
	void leavesTheChoiceOfAWalletToTheUser() {
		this.contextRunner.withPropertyValues("sample.wallet-uuid=mine")
			.run((context) -> assertThat(context.getEnvironment().getProperty("sample.wallet-uuid")).isEqualTo("mine"));
	}

	@Test
	void stopsTheSimulatorWithItsContext() {
		this.contextRunner.run((context) -> {
			connect();
			context.close();
			assertThatExceptionOfType(ConnectException.class).isThrownBy(this::connect);
		});
	}

	@Test
	void stopsTheSimulatorOfAContextThatFailsToStart() {
		this.contextRunner.withBean(String.class, () -> {
			throw new IllegalStateException("broken");
		}).run((context) -> {
			assertThat(context).hasFailed();
			assertThatExceptionOfType(ConnectException.class).isThrownBy(this::connect);
		});
	}

	private static void assertUses(Environment environment, A55Simulator simulator) {
		assertThat(environment.getProperty("a55.client-id")).isEqualTo(simulator.clientId());
		assertThat(environment.getProperty("a55.client-secret")).isEqualTo(simulator.clientSecret());
		assertThat(environment.getProperty("a55.clients.shop.client-id")).isEqualTo(simulator.shopClientId())
			.isNotEqualTo(simulator.clientId());
		assertThat(environment.getProperty("a55.clients.shop.client-secret")).isEqualTo(simulator.shopClientSecret());
		assertThat(environment.getProperty("a55.base-url")).isEqualTo(simulator.baseUrl());
		assertThat(environment.getProperty("a55.token-uri")).isEqualTo(simulator.tokenUri());
	}

	private void connect() throws Exception {
		URI url = Objects.requireNonNull(this.baseUrl.get());
		new Socket(url.getHost(), url.getPort()).close();
	}

}
