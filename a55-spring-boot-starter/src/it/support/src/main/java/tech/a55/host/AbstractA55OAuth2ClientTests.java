package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.aot.AotDetector;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The client of the starter in an application that has OAuth 2.0 clients of its own.
 */
public abstract class AbstractA55OAuth2ClientTests {

	private final Class<?> applicationType;

	protected AbstractA55OAuth2ClientTests(Class<?> applicationType) {
		this.applicationType = applicationType;
	}

	@Test
	void managerAndWebClientShareOneToken() {
		SpringApplication application = new SpringApplication(this.applicationType);
		application.setMainApplicationClass(this.applicationType);
		try (A55Simulator a55 = new A55Simulator();
				HostAuthorizationServer authorizationServer = new HostAuthorizationServer();
				ConfigurableApplicationContext context = application.run(a55.args(authorizationServer.arg()))) {
			int port = context.getEnvironment().getProperty("local.server.port", int.class);
			Browser browser = Browser.following(port);
			assertThat(a55.tokenRequests()).isZero();
			assertThat(browser.get("/a55").body()).isEqualTo("ok");
			assertThat(browser.get("/a55/token").body()).isEqualTo("token-1");
			assertThat(Browser.following(port).get("/a55/token").body()).isEqualTo("token-1");
			assertThat(browser.get("/managed").body()).isEqualTo("host-token");
			assertThat(a55.calls()).containsExactly("[Bearer token-1]");
			assertThat(a55.tokenRequests()).isOne();
			assertThat(context.containsBean(AnnotationConfigUtils.CONFIGURATION_ANNOTATION_PROCESSOR_BEAN_NAME))
				.isEqualTo(!AotDetector.useGeneratedArtifacts());
		}
	}

}
