package tech.a55.spring.boot.autoconfigure;

import java.util.function.Consumer;

import io.micrometer.observation.ObservationRegistry;
import tech.a55.spring.boot.client.A55ClientConfigurer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

/**
 * The {@link RestClient} for A55, for applications that enable it.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("a55.rest-client.enabled")
@ConditionalOnMissingBean(search = SearchStrategy.CURRENT, name = "a55RestClient")
class A55RestClientConfiguration {

	private static RestClient restClient(ObjectProvider<ObservationRegistry> observationRegistry,
			Consumer<RestClient.Builder> customizer, A55ClientConfigurer a55) {
		RestClient.Builder builder = RestClient.builder();
		observationRegistry.ifUnique(builder::observationRegistry);
		customizer.accept(builder);
		a55.configure(builder);
		return builder.build();
	}

	/**
	 * For applications with Boot's module for RestClient. The starter brings only Boot's
	 * module for WebClient.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(RestClientCustomizer.class)
	static class CustomizedConfiguration {

		@Bean
		RestClient a55RestClient(ObjectProvider<ObservationRegistry> observationRegistry,
				ObjectProvider<RestClientCustomizer> customizers, A55ClientConfigurer a55) {
			return restClient(observationRegistry,
					(builder) -> customizers.orderedStream().forEach((customizer) -> customizer.customize(builder)),
					a55);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingClass("org.springframework.boot.restclient.RestClientCustomizer")
	static class DefaultConfiguration {

		@Bean
		RestClient a55RestClient(ObjectProvider<ObservationRegistry> observationRegistry, A55ClientConfigurer a55) {
			return restClient(observationRegistry, (builder) -> {
			}, a55);
		}

	}

}
