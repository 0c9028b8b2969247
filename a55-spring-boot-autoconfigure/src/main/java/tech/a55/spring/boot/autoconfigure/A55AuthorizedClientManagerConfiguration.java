package tech.a55.spring.boot.autoconfigure;

import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.CachedOAuth2AuthorizedClientManager;

import org.springframework.beans.factory.annotation.Qualifier;
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
 * type, because Spring Security registers no manager for the application if it finds one
 * by type, even one that is no candidate for injection. The post-processor adds the type
 * once all bean definitions exist. The condition searches by name alone, in this context
 * alone, so a manager of a parent context does not count.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = BeanNames.AUTHORIZED_CLIENT_MANAGER)
class A55AuthorizedClientManagerConfiguration {

	@Bean(name = BeanNames.AUTHORIZED_CLIENT_MANAGER, defaultCandidate = false)
	@Lazy
	Object a55AuthorizedClientManager(@Qualifier(BeanNames.ACCESS_TOKEN_CACHE) AccessTokenCache accessTokens) {
		return new CachedOAuth2AuthorizedClientManager(accessTokens);
	}

	@Bean
	static BeanFactoryPostProcessor a55AuthorizedClientManagerPostProcessor() {
		return (beanFactory) -> ((RootBeanDefinition) beanFactory
			.getBeanDefinition(BeanNames.AUTHORIZED_CLIENT_MANAGER)).setTargetType(OAuth2AuthorizedClientManager.class);
	}

}
