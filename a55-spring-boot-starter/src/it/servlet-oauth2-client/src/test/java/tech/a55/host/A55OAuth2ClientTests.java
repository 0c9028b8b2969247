package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.aot.AotDetector;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigUtils;

import static org.assertj.core.api.Assertions.assertThat;

class A55OAuth2ClientTests {

	@Test
	void managerAndWebClientShareOneToken() {
		SpringApplication application = new SpringApplication(Application.class);
		application.setMainApplicationClass(Application.class);
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
