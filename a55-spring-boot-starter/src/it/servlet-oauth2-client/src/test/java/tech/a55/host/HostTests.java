package tech.a55.host;

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.web.SecurityFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds with the starter and without, started ahead of time and not.
 */
class HostTests {

	private static final A55Simulator a55 = new A55Simulator();

	private static final HostAuthorizationServer authorizationServer = new HostAuthorizationServer();

	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() {
		SpringApplication application = new SpringApplication(Application.class);
		application.setMainApplicationClass(Application.class);
		context = application.run(a55.args(authorizationServer.arg()));
	}

	@AfterAll
	static void stop() {
		context.close();
		authorizationServer.close();
		a55.close();
	}

	@Test
	void loginRedirectsToTheProviderOfTheHost() {
		Browser browser = Browser.notFollowing(port());
		HttpResponse<String> response = browser.get("/registered");
		assertThat(response.statusCode()).isEqualTo(302);
		String location = response.headers().firstValue("Location").orElseThrow();
		assertThat(location).endsWith("/oauth2/authorization/login");
		assertThat(browser.get(URI.create("http://127.0.0.1:" + port()).resolve(location))
			.headers()
			.firstValue("Location")).get()
			.asString()
			.startsWith(authorizationServer.url() + "/authorize?response_type=code&client_id=login");
	}

	@Test
	void registeredClientAndManagerOfTheHostResolve() {
		Browser browser = Browser.following(port());
		assertThat(browser.get("/registered").body()).isEqualTo("host-token");
		assertThat(browser.get("/managed").body()).isEqualTo("host-token");
		assertThat(a55.tokenRequests()).isZero();
	}

	@Test
	void beansOfTheHostAreTheOnlyOnes() {
		for (Class<?> type : List.of(ClientRegistrationRepository.class, OAuth2AuthorizedClientService.class,
				OAuth2AuthorizedClientRepository.class, SecurityFilterChain.class)) {
			assertThat(context.getBeanNamesForType(type)).as(type.getName()).hasSize(1);
		}
		ClientRegistrationRepository registrations = context.getBean(ClientRegistrationRepository.class);
		assertThat(registrations.findByRegistrationId("service").getClientId()).isEqualTo("service");
		assertThat(registrations.findByRegistrationId("a55")).isNull();
	}

	@Test
	void unqualifiedManagerIsTheOneOfSpringSecurity() {
		assertThat(context.getBean(Application.class).manager())
			.isInstanceOf(DefaultOAuth2AuthorizedClientManager.class);
		NeedsManagers needs = (NeedsManagers) context.getAutowireCapableBeanFactory()
			.autowire(NeedsManagers.class, AutowireCapableBeanFactory.AUTOWIRE_CONSTRUCTOR, false);
		assertThat(needs.managers()).containsExactly(context.getBean(Application.class).manager());
	}

	private static int port() {
		return context.getEnvironment().getProperty("local.server.port", int.class);
	}

	record NeedsManagers(List<OAuth2AuthorizedClientManager> managers) {
	}

}
