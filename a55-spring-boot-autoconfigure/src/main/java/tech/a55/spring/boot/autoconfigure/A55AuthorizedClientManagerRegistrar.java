package tech.a55.spring.boot.autoconfigure;

import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;

/**
 * Registers the {@link OAuth2AuthorizedClientManager} of the token cache after all other
 * bean definitions. Has no order on purpose: one would let it run before Spring
 * Security's registrar, which has none.
 */
final class A55AuthorizedClientManagerRegistrar implements BeanDefinitionRegistryPostProcessor {

	private static final String BEAN_NAME = "a55AuthorizedClientManager";

	@Override
	public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
		if (registry.isBeanNameInUse(BEAN_NAME)) {
			return;
		}
		RootBeanDefinition definition = new RootBeanDefinition();
		definition.setTargetType(OAuth2AuthorizedClientManager.class);
		definition.setFactoryBeanName("a55AccessTokenCache");
		definition.setFactoryMethodName("authorizedClientManager");
		definition.setDefaultCandidate(false);
		definition.setLazyInit(true);
		registry.registerBeanDefinition(BEAN_NAME, definition);
	}

}
