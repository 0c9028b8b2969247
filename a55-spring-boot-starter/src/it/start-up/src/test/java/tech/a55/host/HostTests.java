package tech.a55.host;

import java.util.Set;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds with the starter and without.
 */
class HostTests {

	@Test
	void startMakesNoRequestAndStartsNoThreadButThoseOfTheServer() {
		try (A55Simulator a55 = new A55Simulator()) {
			Set<String> before = threads();
			try (ConfigurableApplicationContext context = SpringApplication.run(Application.class, a55.args())) {
				Set<String> started = threads();
				started.removeAll(before);
				assertThat(started).isNotEmpty()
					.allMatch((name) -> name.matches("server|boundedElastic-evictor-1|reactor-http-[a-z]+-[0-9]+"));
			}
			assertThat(a55.tokenRequests()).isZero();
			assertThat(a55.calls()).isEmpty();
		}
	}

	private static Set<String> threads() {
		return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).collect(Collectors.toSet());
	}

}
