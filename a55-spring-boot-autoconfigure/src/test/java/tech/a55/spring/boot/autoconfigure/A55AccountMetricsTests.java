package tech.a55.spring.boot.autoconfigure;

import java.util.Objects;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the meters of several accounts.
 */
class A55AccountMetricsTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final ApplicationContextRunner contextRunner = TestA55.contextRunner(server)
		.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class, A55MetricsAutoConfiguration.class))
		.withBean(MeterRegistry.class, SimpleMeterRegistry::new);

	@BeforeEach
	void stub() {
		TestA55.stub(server, "token");
	}

	@Test
	void metersOfAnAccountAppearWhenItIsUsed() {
		this.contextRunner.withPropertyValues(TestA55.account("shop")).run((context) -> {
			MeterRegistry meters = context.getBean(MeterRegistry.class);
			assertThat(meters.find("a55.token.fetches").tag("client", "default").meters()).isNotEmpty();
			assertThat(meters.find("a55.token.fetches").tag("client", "shop").meters()).isEmpty();
			for (int i = 0; i < 2; i++) {
				TestA55.call(context, "shop");
			}
			assertThat(successes(meters, "shop")).isEqualTo(1);
			assertThat(successes(meters, "default")).isZero();
			assertThat(names(meters, "shop")).containsExactlyElementsOf(names(meters, "default"));
		});
	}

	@Test
	void metersOfAnAccountAreThoughItWasUsedBeforeTheyWereBound() {
		this.contextRunner.withPropertyValues(TestA55.account("shop"))
			.withPropertyValues("spring.main.lazy-initialization=true")
			.run((context) -> {
				TestA55.call(context, "shop");
				SimpleMeterRegistry later = new SimpleMeterRegistry();
				context.getBean("a55AccountMetrics", MeterBinder.class).bindTo(later);
				assertThat(successes(later, "shop")).isEqualTo(1);
			});
	}

	@Test
	void metersOfTheOnlyAccountHaveTheTagToo() {
		this.contextRunner.run((context) -> {
			MeterRegistry meters = context.getBean(MeterRegistry.class);
			assertThat(meters.getMeters()).extracting(Meter::getId)
				.filteredOn((id) -> id.getName().startsWith("a55."))
				.hasSizeGreaterThan(5)
				.allSatisfy((id) -> assertThat(id.getTag("client")).isEqualTo("default"));
		});
	}

	private static Iterable<String> names(MeterRegistry meters, String client) {
		return meters.getMeters()
			.stream()
			.filter((meter) -> client.equals(meter.getId().getTag("client")))
			.map((meter) -> meter.getId().getName() + Objects.toString(meter.getId().getTag("outcome"))
					+ Objects.toString(meter.getId().getTag("reason")))
			.sorted()
			.toList();
	}

	private static double successes(MeterRegistry meters, String client) {
		return meters.get("a55.token.fetches")
			.tag("client", client)
			.tag("outcome", "success")
			.functionCounter()
			.count();
	}

}
