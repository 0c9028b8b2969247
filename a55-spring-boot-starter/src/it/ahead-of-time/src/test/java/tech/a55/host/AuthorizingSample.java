package tech.a55.host;

import tech.a55.sample.A55SampleApplication;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;

/**
 * Starts the sample, asks the manager for a token, and ends.
 */
final class AuthorizingSample {

	private AuthorizingSample() {
	}

	public static void main(String[] args) {
		SpringApplication application = new SpringApplication(A55SampleApplication.class);
		application.setMainApplicationClass(A55SampleApplication.class);
		try (ConfigurableApplicationContext context = application.run(args)) {
			OAuth2AuthorizedClientManager manager = context.getBean("a55AuthorizedClientManager",
					OAuth2AuthorizedClientManager.class);
			OAuth2AuthorizeRequest request = OAuth2AuthorizeRequest.withClientRegistrationId("a55")
				.principal("host")
				.build();
			System.out.println("authorized with " + manager.authorize(request).getAccessToken().getTokenType().getValue());
		}
	}

}
