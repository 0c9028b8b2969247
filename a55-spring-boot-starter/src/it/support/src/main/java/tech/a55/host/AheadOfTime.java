package tech.a55.host;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets the applications of a test class start from what was generated when they were
 * built.
 */
public final class AheadOfTime implements BeforeAllCallback, AfterAllCallback {

	private static final String ENABLED = "spring.aot.enabled";

	@Override
	public void beforeAll(ExtensionContext context) {
		System.setProperty(ENABLED, "true");
	}

	@Override
	public void afterAll(ExtensionContext context) {
		System.clearProperty(ENABLED);
	}

}
