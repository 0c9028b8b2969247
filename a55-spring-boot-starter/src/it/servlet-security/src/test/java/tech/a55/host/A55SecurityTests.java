package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;

import static org.assertj.core.api.Assertions.assertThat;

class A55SecurityTests {

	@Test
	void twoUsersShareOneToken() {
		try (A55Simulator a55 = new A55Simulator();
				ConfigurableApplicationContext context = new SpringApplication(Application.class, TwoUsers.class)
					.run(a55.args())) {
			int port = context.getEnvironment().getProperty("local.server.port", int.class);
			for (String user : new String[] { "alice", "bob", "alice" }) {
				assertThat(Browser.notFollowing(port).get("/a55", Browser.basic(user, user)).body()).isEqualTo("ok");
			}
			assertThat(Browser.notFollowing(port).get("/a55", Browser.basic("eve", "eve")).statusCode()).isEqualTo(302);
			assertThat(a55.calls()).hasSize(3).containsOnly("[Bearer token-1]");
			assertThat(a55.tokenRequests()).isOne();
		}
	}

	/**
	 * Boot's own doing, since the OAuth 2.0 client is on the class path.
	 */
	@Test
	void noUserIsGenerated() {
		try (A55Simulator a55 = new A55Simulator();
				ConfigurableApplicationContext context = SpringApplication.run(Application.class, a55.args())) {
			assertThat(context.getBeanNamesForType(UserDetailsService.class)).isEmpty();
		}
	}

	static class TwoUsers {

		@Bean
		InMemoryUserDetailsManager users() {
			return new InMemoryUserDetailsManager(user("alice"), user("bob"));
		}

		private static UserDetails user(String name) {
			return User.withUsername(name).password("{noop}" + name).build();
		}

	}

}
