package tech.a55.host;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRestClientHttpServiceGroupConfigurer;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerWebClientHttpServiceGroupConfigurer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;

class A55LoadBalancerTests {

	@ParameterizedTest
	@ValueSource(classes = { Application.ReactiveInterfaceConfiguration.class,
			Application.BlockingInterfaceConfiguration.class })
	void interfacesReachA55AndNotAnInstanceOfAService(Class<?> configuration) {
		try (A55Simulator a55 = new A55Simulator(); ConfigurableApplicationContext context = run(a55, configuration)) {
			assertThat(context.getBeansOfType(LoadBalancerRestClientHttpServiceGroupConfigurer.class)).isNotEmpty();
			assertThat(context.getBeansOfType(LoadBalancerWebClientHttpServiceGroupConfigurer.class)).isNotEmpty();
			assertThat(context.getBean(Application.Wallets.class).find()).isEqualTo("ok");
		}
	}

	@Test
	void clientsReachA55AndNotAnInstanceOfAService() {
		try (A55Simulator a55 = new A55Simulator();
				ConfigurableApplicationContext context = run(a55, Application.BlockingInterfaceConfiguration.class)) {
			assertThat(context.getBean(Application.class).call()).isEqualTo("ok");
			assertThat(context.getBean("a55RestClient", RestClient.class).get().uri("wallet").retrieve().body(String.class))
				.isEqualTo("ok");
			assertThat(a55.tokenRequests()).isOne();
		}
	}

	private static ConfigurableApplicationContext run(A55Simulator a55, Class<?> configuration) {
		return new SpringApplicationBuilder(Application.class, configuration)
			.run(a55.args("--a55.rest-client.enabled=true", "--spring.cloud.compatibility-verifier.enabled=false"));
	}

}
