package tech.a55.spring.boot.autoconfigure;

import org.junit.jupiter.api.Test;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.boot.context.annotation.Configurations;
import org.springframework.boot.http.client.HttpCookieHandling;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that ahead-of-time processing finds by itself what is reached by reflection. We
 * read no resource, and make no proxy.
 */
class RuntimeHintsTests {

	private final RuntimeHints hints = process();

	@Test
	void propertiesCanBeBound() {
		for (Class<?> type : new Class<?>[] { A55Properties.class, A55Properties.Retry.class, A55Properties.Ssl.class,
				A55Properties.Token.class, A55ClientProperties.class }) {
			assertThat(RuntimeHintsPredicates.reflection().onConstructorInvocation(type.getDeclaredConstructors()[0]))
				.as(type.getName())
				.accepts(this.hints);
		}
	}

	@Test
	void classThatOlderVersionsOfBootLackCanBeFound() {
		assertThat(RuntimeHintsPredicates.reflection().onType(HttpCookieHandling.class)).accepts(this.hints);
	}

	private static RuntimeHints process() {
		TestGenerationContext generationContext = new TestGenerationContext();
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			TestPropertyValues.of(TestA55.CREDENTIALS).applyTo(context);
			context.register(Configurations.getClasses(TestA55.AUTO_CONFIGURATIONS));
			new ApplicationContextAotGenerator().processAheadOfTime(context, generationContext);
		}
		generationContext.writeGeneratedContent();
		return generationContext.getRuntimeHints();
	}

}
