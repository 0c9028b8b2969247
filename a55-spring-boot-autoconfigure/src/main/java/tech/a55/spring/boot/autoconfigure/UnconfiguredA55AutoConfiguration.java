package tech.a55.spring.boot.autoconfigure;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientAdapter;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.HttpServiceProxyRegistry;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of HTTP interfaces in group
 * {@code a55}, or in that of an account, in a context without an A55 client. Their calls
 * fail, because they would be sent without a token. The context starts, because tests
 * import such interfaces and mock them.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = A55AutoConfiguration.class)
@ConditionalOnClass(HttpServiceProxyRegistry.class)
@ConditionalOnBean(value = HttpServiceProxyRegistry.class, search = SearchStrategy.CURRENT)
@ConditionalOnMissingBean(name = BeanNames.ACCOUNTS, search = SearchStrategy.CURRENT)
public final class UnconfiguredA55AutoConfiguration {

	private static final Log logger = LogFactory.getLog(UnconfiguredA55AutoConfiguration.class);

	private static String warn(HttpServiceGroup group, Environment environment) {
		String reason = OnA55CredentialsCondition.reasonForNoClient(environment);
		String message = "The HTTP interfaces in group '" + group.name() + "' cannot call A55. "
				+ ((reason != null) ? reason : "A55AutoConfiguration is not part of this context.");
		logger.warn(message);
		return message;
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	RestClientHttpServiceGroupConfigurer a55RestClientHttpServiceGroupConfigurer(Environment environment) {
		return (groups) -> groups.filter(BeanNames::isGroup).forEachProxyFactory((group, proxyFactory) -> {
			String message = warn(group, environment);
			RestClient client = RestClient.builder().requestFactory((uri, method) -> {
				throw new IllegalStateException(message);
			}).build();
			proxyFactory.exchangeAdapterDecorator((replaced) -> RestClientAdapter.create(client));
		});
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(WebClient.class)
	static class WebClientConfiguration {

		@Bean
		@Order(Ordered.HIGHEST_PRECEDENCE)
		WebClientHttpServiceGroupConfigurer a55WebClientHttpServiceGroupConfigurer(Environment environment) {
			return (groups) -> groups.filter(BeanNames::isGroup).forEachProxyFactory((group, proxyFactory) -> {
				String message = warn(group, environment);
				WebClient client = WebClient.builder()
					.exchangeFunction((request) -> Mono.error(() -> new IllegalStateException(message)))
					.build();
				proxyFactory.exchangeAdapterDecorator((replaced) -> WebClientAdapter.create(client));
			});
		}

	}

}
