package tech.a55.spring.boot.autoconfigure;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Hides the client secrets of all accounts on actuator pages that show values: under
 * their own keys, under the key that a placeholder refers to, and in a command line.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(SanitizingFunction.class)
class A55SanitizingConfiguration {

	private static final Pattern CLIENT_SECRET = Pattern.compile("a55[._](clients.+)?client[-_]?secret",
			Pattern.CASE_INSENSITIVE);

	@Bean
	SanitizingFunction a55SanitizingFunction(@Qualifier(BeanNames.ACCOUNT_PROPERTIES) A55AccountProperties accounts,
			Environment environment) {
		List<String> secrets = accounts.names()
			.stream()
			.map((name) -> accounts.name(name).property("client-secret").toLowerCase(Locale.ROOT))
			.toList();
		return (data) -> {
			String value = String.valueOf(data.getValue());
			boolean hidden = CLIENT_SECRET.matcher(data.getKey()).matches() || secrets.stream()
				.map(environment::getProperty)
				.anyMatch((secret) -> StringUtils.hasText(secret) && value.contains(secret));
			return hidden ? data.withSanitizedValue() : data;
		};
	}

}
