package tech.a55.spring.boot.autoconfigure;

import tech.a55.spring.boot.token.SharedAccessToken;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;

/**
 * Finds the cache in which instances of the application share the access token. It is a
 * class of its own, so that no class of Spring's cache support is loaded without need.
 */
final class SharedTokenCache {

	private static final String PROPERTY = "a55.token.cache";

	private SharedTokenCache() {
	}

	static SharedAccessToken find(String name, ClientRegistration registration, BeanFactory beanFactory) {
		Cache cache = cacheManager(beanFactory).getCache(name);
		if (cache == null) {
			throw PropertyChecks.invalid(PROPERTY,
					"names a cache that the CacheManager of the application does not have",
					"Correct the name, or define the cache. If 'spring.cache.cache-names' is set, add the name there.");
		}
		return new SharedAccessToken(cache, registration);
	}

	private static CacheManager cacheManager(BeanFactory beanFactory) {
		CacheManager cacheManager;
		try {
			cacheManager = beanFactory.getBeanProvider(CacheManager.class).getIfAvailable();
		}
		catch (NoUniqueBeanDefinitionException ex) {
			throw PropertyChecks.invalid(PROPERTY,
					"names a cache, but the application has several CacheManager beans and none of them is primary",
					"Annotate the bean that has the cache with '@Primary'.");
		}
		if (cacheManager == null) {
			throw PropertyChecks.invalid(PROPERTY, "names a cache, but the application has no CacheManager",
					"Define one, such as Boot's for Redis: add 'spring-boot-starter-cache' and "
							+ "'spring-boot-starter-data-redis', and annotate a configuration with '@EnableCaching'.");
		}
		return cacheManager;
	}

}
