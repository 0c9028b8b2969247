package tech.a55.spring.boot.autoconfigure;

import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.AccessTokenHealthIndicator;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of the health indicator {@code a55}.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = A55AutoConfiguration.class)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(name = BeanNames.ACCESS_TOKEN_CACHE, search = SearchStrategy.CURRENT)
@ConditionalOnEnabledHealthIndicator("a55")
public final class A55HealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = { "a55HealthIndicator", "a55HealthContributor" })
	AccessTokenHealthIndicator a55HealthIndicator(
			@Qualifier(BeanNames.ACCESS_TOKEN_CACHE) AccessTokenCache accessTokens) {
		return new AccessTokenHealthIndicator(accessTokens);
	}

}
