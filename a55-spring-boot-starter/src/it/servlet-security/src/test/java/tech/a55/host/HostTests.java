package tech.a55.host;

import java.net.http.HttpResponse;
import java.util.List;

import jakarta.servlet.Filter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.web.SecurityFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds with the starter and without.
 */
class HostTests {

	private static final A55Simulator a55 = new A55Simulator();

	private static ConfigurableApplicationContext context;

	private final Browser browser = Browser
		.notFollowing(context.getEnvironment().getProperty("local.server.port", int.class));

	@BeforeAll
	static void start() {
		context = SpringApplication.run(Application.class,
				a55.args("--spring.security.user.name=alice", "--spring.security.user.password=alices"));
	}

	@AfterAll
	static void stop() {
		context.close();
		a55.close();
	}

	@Test
	void anonymousBrowserIsSentToTheLoginPageOfSpringSecurity() {
		HttpResponse<String> response = this.browser.get("/own");
		assertThat(response.statusCode()).isEqualTo(302);
		assertThat(response.headers().firstValue("Location")).get().asString().endsWith("/login");
		HttpResponse<String> page = this.browser.get("/login");
		assertThat(page.statusCode()).isEqualTo(200);
		assertThat(page.body()).contains("Please sign in", "name=\"password\"").doesNotContain("OAuth", "oauth2");
	}

	@Test
	void definedUserLogsIn() {
		assertThat(this.browser.get("/own", Browser.basic("alice", "alices")).body()).isEqualTo("own");
		assertThat(this.browser.get("/own", Browser.basic("alice", "wrong")).statusCode()).isEqualTo(302);
	}

	@Test
	void filterChainIsTheOneOfBoot() {
		assertThat(context.getBeanNamesForType(SecurityFilterChain.class))
			.containsExactly("defaultSecurityFilterChain");
		List<Filter> filters = context.getBean(SecurityFilterChain.class).getFilters();
		assertThat(filters).extracting((filter) -> filter.getClass().getSimpleName())
			.containsExactly("DisableEncodeUrlFilter", "WebAsyncManagerIntegrationFilter",
					"SecurityContextHolderFilter", "HeaderWriterFilter", "CsrfFilter", "LogoutFilter",
					"UsernamePasswordAuthenticationFilter", "DefaultResourcesFilter",
					"DefaultLoginPageGeneratingFilter", "DefaultLogoutPageGeneratingFilter",
					"BasicAuthenticationFilter", "RequestCacheAwareFilter", "SecurityContextHolderAwareRequestFilter",
					"AnonymousAuthenticationFilter", "ExceptionTranslationFilter", "AuthorizationFilter");
		assertThat(filters).allMatch((filter) -> filter.getClass().getName().startsWith("org.springframework."));
	}

}
