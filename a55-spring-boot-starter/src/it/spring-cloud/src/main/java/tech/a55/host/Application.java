package tech.a55.host;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;

@SpringBootApplication
public class Application {

	private final WebClient a55WebClient;

	Application(WebClient a55WebClient) {
		this.a55WebClient = a55WebClient;
	}

	String call() {
		return this.a55WebClient.get().uri("wallet").retrieve().bodyToMono(String.class).block();
	}

	/**
	 * For calls to other applications of the host. Seen from A55, it makes every host name
	 * a service that nobody has registered.
	 */
	@Configuration(proxyBeanMethods = false)
	static class LoadBalancedConfiguration {

		@Bean
		@LoadBalanced
		WebClient.Builder loadBalancedBuilder() {
			return WebClient.builder();
		}

	}

}
