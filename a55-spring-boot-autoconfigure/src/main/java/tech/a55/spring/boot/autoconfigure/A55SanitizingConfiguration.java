package tech.a55.spring.boot.autoconfigure;

import java.util.regex.Pattern;

import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Hides the client secret on actuator pages that show values: under its own key, under
 * the key that a placeholder refers to, and in a command line.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(SanitizingFunction.class)
class A55SanitizingConfiguration {

	private static final Pattern CLIENT_SECRET = Pattern.compile("a55[._]client[-_]?secret", Pattern.CASE_INSENSITIVE);

	@Bean
	SanitizingFunction a55SanitizingFunction(Environment environment) {
		return (data) -> {
			String secret = environment.getProperty("a55.client-secret");
			boolean shown = StringUtils.hasText(secret) && String.valueOf(data.getValue()).contains(secret);
			return (shown || CLIENT_SECRET.matcher(data.getKey()).matches()) ? data.withSanitizedValue() : data;
		};
	}

}
