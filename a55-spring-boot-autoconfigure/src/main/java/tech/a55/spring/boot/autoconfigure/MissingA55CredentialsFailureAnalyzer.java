package tech.a55.spring.boot.autoconfigure;

import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.analyzer.AbstractInjectionFailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Analyzes the lack of a bean that would be there if A55 was configured.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class MissingA55CredentialsFailureAnalyzer
		extends AbstractInjectionFailureAnalyzer<NoSuchBeanDefinitionException> {

	private static final Set<String> BEAN_NAMES = Set.of("a55WebClient", "a55ClientRegistration",
			"a55AuthorizedClientManager");

	private final Environment environment;

	MissingA55CredentialsFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause,
			@Nullable String description) {
		if (cause instanceof NoUniqueBeanDefinitionException || !isOurs(cause)) {
			return null;
		}
		String required = ((description != null) ? description : "The application")
				+ " required a bean that the A55 starter defines only when it is configured. ";
		if (!this.environment.getProperty("a55.enabled", Boolean.class, true)) {
			return new FailureAnalysis(required + "It is switched off.",
					"Remove 'a55.enabled=false', or do without the bean.", cause);
		}
		if (OnA55CredentialsCondition.hasCredentials(this.environment)) {
			return null;
		}
		return new FailureAnalysis(required + "Neither 'a55.client-id' nor 'a55.client-secret' is set.",
				"Set both 'a55.client-id' and 'a55.client-secret' (A55_CLIENT_ID and A55_CLIENT_SECRET in the "
						+ "environment) to what A55 issued.",
				cause);
	}

	private static boolean isOurs(NoSuchBeanDefinitionException cause) {
		if (cause.getBeanName() != null) {
			return BEAN_NAMES.contains(cause.getBeanName());
		}
		ResolvableType type = cause.getResolvableType();
		return (type != null && type.resolve() == WebClient.class) || BEAN_NAMES.stream()
			.anyMatch((name) -> String.valueOf(cause.getMessage()).contains('"' + name + '"'));
	}

}
