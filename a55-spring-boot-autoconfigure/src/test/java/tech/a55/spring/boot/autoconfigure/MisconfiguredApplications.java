package tech.a55.spring.boot.autoconfigure;

import reactor.core.publisher.Mono;
import tech.a55.spring.boot.A55Clients;

import org.springframework.cache.CacheManager;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

/**
 * Applications that need something which the starter does not give them.
 */
final class MisconfiguredApplications {

	private MisconfiguredApplications() {
	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsWebClient {

		@Bean
		String user(WebClient a55WebClient) {
			return a55WebClient.toString();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsUnknownAccount {

		@Bean
		WebClient otherWebClient(A55Clients clients) {
			return clients.webClient("other");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsRestClient {

		@Bean
		String user(RestClient a55RestClient) {
			return a55RestClient.toString();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsManager {

		@Bean
		String user(OAuth2AuthorizedClientManager manager) {
			return manager.toString();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = ReactiveInterface.class)
	static class NeedsReactiveInterface {

	}

	interface ReactiveInterface {

		@GetExchange("x")
		Mono<String> get();

	}

	@Configuration(proxyBeanMethods = false)
	static class HasOtherCache {

		@Bean
		CacheManager cacheManager() {
			return new ConcurrentMapCacheManager("other");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class HasTwoCacheManagers extends HasOtherCache {

		@Bean
		CacheManager otherCacheManager() {
			return new ConcurrentMapCacheManager();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class HasPlainTokenUri {

		@Bean
		ClientRegistration a55ClientRegistration() {
			return ClientRegistration.withRegistrationId("own")
				.clientId("own")
				.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
				.tokenUri("http://auth.example/token")
				.build();
		}

	}

}
