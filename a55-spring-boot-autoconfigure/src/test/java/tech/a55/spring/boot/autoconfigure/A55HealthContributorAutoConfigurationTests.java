package tech.a55.spring.boot.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tech.a55.spring.boot.A55Clients;
import tech.a55.spring.boot.A55WebClientCustomizer;
import tech.a55.spring.boot.token.AccessTokenHealthIndicator;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
		this.contextRunner.run((context) -> assertThat(context).hasBean("a55HealthContributor")
			.hasSingleBean(AccessTokenHealthIndicator.class));
	}

	@Test
	void severalAccountsHaveAnIndicatorEach() {
		this.contextRunner.withPropertyValues(TestA55.account("shop"))
			.withPropertyValues(TestA55.account("market"))
			.run((context) -> {
				CompositeHealthContributor a55 = context.getBean(CompositeHealthContributor.class);
				assertThat(a55.stream()).extracting(HealthContributors.Entry::name)
					.containsExactly("default", "market", "shop");
				assertThat(health(a55.getContributor("shop"))).isEqualTo(Health.unknown()
					.withDetail("registrationId", "a55-shop")
					.withDetail("secondsLeft", 0L)
					.build());
				assertThat(health(a55.getContributor("default")).getDetails()).containsEntry("registrationId", "a55");
			});
	}

	@Test
	void anIndicatorMakesNoClientAndReportsOnItsAccountOnly() {
		List<String> customized = new ArrayList<>();
		A55WebClientCustomizer customizer = (builder) -> customized.add("any");
		this.contextRunner.withPropertyValues(TestA55.account("shop"))
			.withPropertyValues("a55.token-uri=http://localhost:1/", "a55.base-url=http://localhost:1/")
			.withBean(A55WebClientCustomizer.class, () -> customizer)
			.run((context) -> {
				customized.clear();
				CompositeHealthContributor a55 = context.getBean(CompositeHealthContributor.class);
				health(a55.getContributor("shop"));
				assertThat(customized).isEmpty();
				assertThat(context.getBean(A55Accounts.class).findAccessTokens("shop")).isNull();
				OAuth2AuthorizedClientManager manager = context.getBean(A55Clients.class)
					.authorizedClientManager("shop");
				assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(() -> manager
					.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("a55-shop").principal("test").build()));
				assertThat(health(a55.getContributor("shop")).getStatus()).isEqualTo(Status.DOWN);
				assertThat(health(a55.getContributor("default")).getStatus()).isEqualTo(Status.UNKNOWN);
			});
	}

	@Test
	void theOnlyAccountHasTheIndicatorItself() {
		new ApplicationContextRunner().withConfiguration(TestA55.AUTO_CONFIGURATIONS)
			.withConfiguration(AutoConfigurations.of(A55HealthContributorAutoConfiguration.class))
			.withPropertyValues(TestA55.account("shop"))
			.run((context) -> assertThat(
					health(context.getBean("a55HealthContributor", HealthContributor.class)).getDetails())
				.containsEntry("registrationId", "a55-shop"));
	}

	private static Health health(@Nullable HealthContributor contributor) {
		return Objects.requireNonNull(((HealthIndicator) Objects.requireNonNull(contributor)).health());
	}

	@Test
	void backsOffWhenSwitchedOff() {
		this.contextRunner.withPropertyValues("management.health.a55.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(AccessTokenHealthIndicator.class));
	}

	@Test
	void backsOffWithoutBootsHealthModule() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(HealthIndicator.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("a55HealthContributor"));
	}

	@Test
	void backsOffForAnIndicatorOfTheHost() {
		this.contextRunner.withBean("a55HealthIndicator", HealthIndicator.class, () -> () -> Health.up().build())
			.run((context) -> assertThat(context).doesNotHaveBean(AccessTokenHealthIndicator.class));
	}

}
