package tech.a55.spring.boot.autoconfigure;

import org.junit.jupiter.api.Test;
import tech.a55.spring.boot.token.AccessTokenHealthIndicator;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link A55HealthContributorAutoConfiguration}.
 */
class A55HealthContributorAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(TestA55.AUTO_CONFIGURATIONS)
		.withConfiguration(AutoConfigurations.of(A55HealthContributorAutoConfiguration.class))
		.withPropertyValues(TestA55.CREDENTIALS);

	@Test
	void addsAHealthIndicator() {
		this.contextRunner.run((context) -> assertThat(context).hasBean("a55HealthIndicator")
			.hasSingleBean(AccessTokenHealthIndicator.class));
	}

	@Test
	void backsOffWhenSwitchedOff() {
		this.contextRunner.withPropertyValues("management.health.a55.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(AccessTokenHealthIndicator.class));
	}

	@Test
	void backsOffWithoutBootsHealthModule() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(HealthIndicator.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("a55HealthIndicator"));
	}

	@Test
	void backsOffForAnIndicatorOfTheHost() {
		this.contextRunner.withBean("a55HealthIndicator", HealthIndicator.class, () -> () -> Health.up().build())
			.run((context) -> assertThat(context).doesNotHaveBean(AccessTokenHealthIndicator.class));
	}

}
