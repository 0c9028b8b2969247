package tech.a55.spring.boot.autoconfigure;

import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;

/**
 * Stops the start of an application if the starter does not work with its version of
 * Spring Boot. Otherwise a missing class would stop it, with a message that does not
 * explain the cause. A later Spring Boot 4 that was never tested is let through. This
 * class, the exception and its failure analyzer must load on any version of Spring Boot,
 * so they use only classes that have not moved for long.
 */
final class UnsupportedSpringBootListener implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

	@Override
	public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
		requireSupported(SpringBootVersion.getVersion());
	}

	static void requireSupported(String version) {
		if (!version.startsWith("4.")) {
			throw new InvalidA55ConfigurationException(
					"The A55 starter works with Spring Boot 4.0 and 4.1, and this application runs on Spring Boot "
							+ version + ".",
					"Use one of those versions, or remove a55-spring-boot-starter.");
		}
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

}
