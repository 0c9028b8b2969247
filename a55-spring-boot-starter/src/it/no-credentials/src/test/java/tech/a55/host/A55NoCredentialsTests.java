package tech.a55.host;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

class A55NoCredentialsTests {

	private static final String PACKAGE = "tech.a55.spring.boot";

	@Test
	void nothingOfOursIsInTheContext() {
		assertThat(ClassUtils.isPresent(PACKAGE + ".A55WebClientCustomizer", null)).isTrue();
		try (ConfigurableApplicationContext context = run()) {
			ConfigurableListableBeanFactory beanFactory = context.getBeanFactory();
			assertThat(beanFactory.getBeanNamesIterator()).toIterable()
				.contains("application")
				.noneMatch((name) -> name.startsWith("a55"));
			assertThat(context.getBeanDefinitionNames()).flatExtracting((name) -> describe(beanFactory, name))
				.contains("class " + Application.class.getName())
				.noneMatch((description) -> description.contains(PACKAGE));
		}
	}

	@Test
	void nothingOfOursIsLoggedAboveDebug() {
		assertThat(loggedAt("INFO")).contains("Started").doesNotContain(PACKAGE, "A55 ", "t.a.s.b.");
	}

	private static List<String> describe(ConfigurableListableBeanFactory beanFactory, String name) {
		BeanDefinition definition = beanFactory.getBeanDefinition(name);
		return List.of(String.valueOf(definition.getBeanClassName()),
				String.valueOf(definition.getResourceDescription()), String.valueOf(beanFactory.getType(name)));
	}

	private static String loggedAt(String level) {
		PrintStream out = System.out;
		ByteArrayOutputStream logged = new ByteArrayOutputStream();
		System.setOut(new PrintStream(logged, true, StandardCharsets.UTF_8));
		try (ConfigurableApplicationContext context = run("--logging.level.root=" + level)) {
			return logged.toString(StandardCharsets.UTF_8);
		}
		finally {
			System.setOut(out);
		}
	}

	private static ConfigurableApplicationContext run(String... args) {
		String[] all = Arrays.copyOf(args, args.length + 1);
		all[args.length] = "--server.port=0";
		return new SpringApplication(Application.class).run(all);
	}

}
