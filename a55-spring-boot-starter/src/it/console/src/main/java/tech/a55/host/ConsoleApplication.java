package tech.a55.host;

import java.util.List;

import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.web.reactive.function.client.WebClient;

@SpringBootApplication
public class ConsoleApplication {

	public static void main(String[] args) {
		SpringApplication application = new SpringApplication(ConsoleApplication.class);
		System.out.println("type: " + application.getWebApplicationType());
		application.run(args);
	}

	@Bean
	CommandLineRunner call(WebClient a55WebClient, ApplicationContext context) {
		return (args) -> {
			System.out.println("threads: " + threads());
			System.out
				.println("answer: " + a55WebClient.get().uri("wallet").retrieve().bodyToMono(String.class).block());
			System.out
				.println("token: " + context.getBean("a55AuthorizedClientManager", OAuth2AuthorizedClientManager.class)
					.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("a55").principal("console").build())
					.getAccessToken()
					.getTokenValue());
		};
	}

	/**
	 * Those of the virtual machine are in groups of their own.
	 */
	private static List<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getThreadGroup() == Thread.currentThread().getThreadGroup())
			.map(Thread::getName)
			.toList();
	}

}
