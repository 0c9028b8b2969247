package tech.a55.host;

import java.net.URI;
import java.net.http.HttpResponse;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What holds for the servlet and the reactive application with OAuth 2.0 login and
 * clients of its own alike, with the starter and without, started ahead of time and not.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class AbstractOAuth2ClientTests {

	private final A55Simulator a55 = new A55Simulator();

	private final HostAuthorizationServer authorizationServer = new HostAuthorizationServer();

	private final Class<?> applicationType;

	private ConfigurableApplicationContext context;

	protected AbstractOAuth2ClientTests(Class<?> applicationType) {
		this.applicationType = applicationType;
	}

	@BeforeAll
	void start() {
		SpringApplication application = new SpringApplication(this.applicationType);
		application.setMainApplicationClass(this.applicationType);
		this.context = application.run(this.a55.args(this.authorizationServer.arg()));
	}

	@AfterAll
	void stop() {
		this.context.close();
		this.authorizationServer.close();
		this.a55.close();
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
			.startsWith(this.authorizationServer.url() + "/authorize?response_type=code&client_id=login");
	}

	@Test
	void registeredClientAndManagerOfTheHostResolve() {
		Browser browser = Browser.following(port());
		assertThat(browser.get("/registered").body()).isEqualTo("host-token");
		assertThat(browser.get("/managed").body()).isEqualTo("host-token");
		assertThat(this.a55.tokenRequests()).isZero();
	}

	protected final ConfigurableApplicationContext context() {
		return this.context;
	}

	private int port() {
		return this.context.getEnvironment().getProperty("local.server.port", int.class);
	}

}
