package tech.a55.spring.boot.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;

import tech.a55.spring.boot.token.AccessTokenHealthIndicator;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of the health indicator {@code a55}.
 * If there are several accounts, it is composed of one indicator for each.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = A55AutoConfiguration.class)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(name = BeanNames.ACCOUNTS, search = SearchStrategy.CURRENT)
@ConditionalOnEnabledHealthIndicator("a55")
public final class A55HealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = { "a55HealthIndicator", "a55HealthContributor" })
	HealthContributor a55HealthContributor(@Qualifier(BeanNames.ACCOUNTS) A55Accounts accounts) {
		Map<String, HealthContributor> indicators = new LinkedHashMap<>();
		accounts.names()
			.forEach((name) -> indicators.put(name,
					new AccessTokenHealthIndicator(accounts.name(name), () -> accounts.findAccessTokens(name))));
		return (indicators.size() == 1) ? indicators.values().iterator().next()
				: CompositeHealthContributor.fromMap(indicators);
	}

}
