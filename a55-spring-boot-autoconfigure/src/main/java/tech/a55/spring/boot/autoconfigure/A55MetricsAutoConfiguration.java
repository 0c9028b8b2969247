package tech.a55.spring.boot.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import tech.a55.spring.boot.client.A55ClientConfigurer;
import tech.a55.spring.boot.client.ExchangeMetrics;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.AccessTokenMetrics;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of the meters of the A55 access
 * token and of the A55 client.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = A55AutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
public final class A55MetricsAutoConfiguration {

	@Bean
	@ConditionalOnBean(name = BeanNames.ACCESS_TOKEN_CACHE, search = SearchStrategy.CURRENT)
	AccessTokenMetrics a55AccessTokenMetrics(@Qualifier(BeanNames.ACCESS_TOKEN_CACHE) AccessTokenCache accessTokens) {
		return new AccessTokenMetrics(accessTokens);
	}

	@Bean
	@ConditionalOnBean(name = BeanNames.CLIENT_CONFIGURER, search = SearchStrategy.CURRENT)
	ExchangeMetrics a55ExchangeMetrics(@Qualifier(BeanNames.CLIENT_CONFIGURER) A55ClientConfigurer a55) {
		return new ExchangeMetrics(a55);
	}

	/**
	 * The meters of each other account. They appear when the account is first used.
	 */
	@Bean
	@ConditionalOnBean(name = BeanNames.ACCOUNTS, search = SearchStrategy.CURRENT)
	MeterBinder a55AccountMetrics(@Qualifier(BeanNames.ACCOUNTS) A55Accounts accounts) {
		return (registry) -> accounts.onUse((account) -> {
			new AccessTokenMetrics(account.accessTokens()).bindTo(registry);
			new ExchangeMetrics(account.configurer()).bindTo(registry);
		});
	}

}
