package tech.a55.spring.boot.autoconfigure;

import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;

/**
 * Stops the start of an application on a Spring Boot that the starter does not work with,
 * before a class that is missing there does. Must itself load on any Spring Boot, and so
 * uses only what has long been where it is.
 */
final class UnsupportedSpringBootListener implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

	@Override
	public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
		requireSupported(SpringBootVersion.getVersion());
	}

	static void requireSupported(String version) {
		if (!version.startsWith("4.")) {
			throw new IllegalStateException(
					"The A55 starter works with Spring Boot 4.0 and 4.1, and this application runs on Spring Boot "
							+ version + ". Use one of those, or remove a55-spring-boot-starter.");
		}
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

}
