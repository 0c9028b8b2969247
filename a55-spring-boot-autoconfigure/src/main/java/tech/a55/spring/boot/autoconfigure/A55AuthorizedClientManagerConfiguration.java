package tech.a55.spring.boot.autoconfigure;

import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.CachedOAuth2AuthorizedClientManager;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;

/**
 * The {@link OAuth2AuthorizedClientManager} of the A55 client. It is defined without its
 * type, which the post-processor adds once all bean definitions are there: Spring
 * Security registers none for the application if it finds one by type, however well
 * hidden. The name alone keeps it from finding that of a parent context.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnMissingBean(search = SearchStrategy.CURRENT,
		name = A55AuthorizedClientManagerConfiguration.AUTHORIZED_CLIENT_MANAGER)
class A55AuthorizedClientManagerConfiguration {

	static final String AUTHORIZED_CLIENT_MANAGER = "a55AuthorizedClientManager";

	@Bean(name = AUTHORIZED_CLIENT_MANAGER, defaultCandidate = false)
	@Lazy
	Object a55AuthorizedClientManager(AccessTokenCache accessTokens) {
		return new CachedOAuth2AuthorizedClientManager(accessTokens);
	}

	@Bean
	static BeanFactoryPostProcessor a55AuthorizedClientManagerPostProcessor() {
		return (beanFactory) -> ((RootBeanDefinition) beanFactory.getBeanDefinition(AUTHORIZED_CLIENT_MANAGER))
			.setTargetType(OAuth2AuthorizedClientManager.class);
	}

}
