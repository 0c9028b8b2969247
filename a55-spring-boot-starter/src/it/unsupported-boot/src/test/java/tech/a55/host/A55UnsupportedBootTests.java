package tech.a55.host;

import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringBootVersion;

import static org.assertj.core.api.Assertions.assertThat;

class A55UnsupportedBootTests {

	@Test
	void startStopsWithAnAnalysis() {
		try (A55Simulator a55 = new A55Simulator();
				ApplicationProcess application = ApplicationProcess.start(List.of(Application.class.getName()),
						a55.args())) {
			assertThat(application.awaitExit()).isEqualTo(1);
			assertThat(application.output())
				.contains("APPLICATION FAILED TO START",
						"The A55 starter works with Spring Boot 4.0 and 4.1, and this application runs on Spring Boot "
								+ SpringBootVersion.getVersion() + ".",
						"Use one of those versions, or remove a55-spring-boot-starter.")
				.doesNotContain("NoClassDefFoundError", "ClassNotFoundException", "Exception", "\tat ");
		}
	}

}
