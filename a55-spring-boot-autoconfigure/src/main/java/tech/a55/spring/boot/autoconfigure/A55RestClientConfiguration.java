package tech.a55.spring.boot.autoconfigure;

import tech.a55.spring.boot.client.A55ClientConfigurer;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

/**
 * The {@link RestClient} for A55, for applications that enable it.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("a55.rest-client.enabled")
class A55RestClientConfiguration {

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = BeanNames.REST_CLIENT)
	RestClient a55RestClient(@Qualifier(BeanNames.CLIENT_FACTORY) A55ClientFactory factory,
			@Qualifier(BeanNames.CLIENT_CONFIGURER) A55ClientConfigurer a55) {
		return factory.restClient(a55);
	}

}
