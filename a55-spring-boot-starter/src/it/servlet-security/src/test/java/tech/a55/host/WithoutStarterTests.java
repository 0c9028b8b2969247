package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.core.userdetails.UserDetailsService;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the starter changes.
 */
class WithoutStarterTests {

	@Test
	void userIsGenerated() {
		try (ConfigurableApplicationContext context = SpringApplication.run(Application.class, "--server.port=0")) {
			assertThat(context.getBean(UserDetailsService.class).loadUserByUsername("user")).isNotNull();
		}
	}

}
