package tech.a55.host;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.ImportHttpServices;

@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(Application.LoadBalancedConfiguration.class)
public class Application {

	private final WebClient a55WebClient;

	Application(WebClient a55WebClient) {
		this.a55WebClient = a55WebClient;
	}

	String call() {
		return this.a55WebClient.get().uri("wallet").retrieve().bodyToMono(String.class).block();
	}

	interface Wallets {

		@GetExchange("wallet")
		String find();

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class, clientType = ClientType.WEB_CLIENT)
	static class ReactiveInterfaceConfiguration {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class)
	static class BlockingInterfaceConfiguration {

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
