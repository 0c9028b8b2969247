package tech.a55.host;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * The client as an application has it that adds no starter for it.
 */
@Configuration(proxyBeanMethods = false)
class WithoutStarter {

	@Bean
	WebClient a55WebClient(WebClient.Builder builder, @Value("${a55.base-url}") String baseUrl) {
		return builder.baseUrl(baseUrl).build();
	}

}
