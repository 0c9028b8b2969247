package tech.a55.spring.boot.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Analyzes an {@link InvalidA55ConfigurationException}. It runs before Boot's analyzer of
 * binding failures, which would show the value.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidA55ConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<InvalidA55ConfigurationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidA55ConfigurationException cause) {
		return new FailureAnalysis(cause.getMessage(), cause.getAction(), cause);
	}

}
