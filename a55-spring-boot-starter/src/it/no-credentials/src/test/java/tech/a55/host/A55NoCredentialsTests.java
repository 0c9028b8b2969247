package tech.a55.host;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class A55NoCredentialsTests {

	private static final String PACKAGE = "tech.a55.spring.boot";

	@Test
	void nothingOfOursIsInTheContext() {
		assertThat(ClassUtils.isPresent(PACKAGE + ".A55WebClientCustomizer", null)).isTrue();
		try (ConfigurableApplicationContext context = run(Application.class)) {
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

	@ParameterizedTest
	@ValueSource(classes = { ReactiveInterface.class, BlockingInterface.class })
	void interfaceIsToldOfAtStartAndItsCallFails(Class<?> configuration) {
		String reason = "neither 'a55.client-id' nor 'a55.client-secret' is set.";
		String logged = logged(() -> {
			try (ConfigurableApplicationContext context = run(configuration)) {
				assertThatIllegalStateException().isThrownBy(context.getBean(Wallets.class)::get)
					.withMessageContaining(reason);
			}
		});
		assertThat(logged.lines().filter((line) -> line.contains("A55"))).singleElement()
			.asString()
			.contains("WARN", "The HTTP interfaces in group 'a55' cannot call A55.", reason);
	}

	private static List<String> describe(ConfigurableListableBeanFactory beanFactory, String name) {
		BeanDefinition definition = beanFactory.getBeanDefinition(name);
		return List.of(String.valueOf(definition.getBeanClassName()),
				String.valueOf(definition.getResourceDescription()), String.valueOf(beanFactory.getType(name)));
	}

	private static String loggedAt(String level) {
		return logged(() -> run(Application.class, "--logging.level.root=" + level).close());
	}

	private static String logged(Runnable action) {
		PrintStream out = System.out;
		ByteArrayOutputStream logged = new ByteArrayOutputStream();
		System.setOut(new PrintStream(logged, true, StandardCharsets.UTF_8));
		try {
			action.run();
			return logged.toString(StandardCharsets.UTF_8);
		}
		finally {
			System.setOut(out);
		}
	}

	private static ConfigurableApplicationContext run(Class<?> configuration, String... args) {
		String[] all = Arrays.copyOf(args, args.length + 1);
		all[args.length] = "--server.port=0";
		return new SpringApplicationBuilder(Application.class, configuration).run(all);
	}

	@ImportHttpServices(group = "a55", types = Wallets.class, clientType = ClientType.WEB_CLIENT)
	static class ReactiveInterface {

	}

	@ImportHttpServices(group = "a55", types = Wallets.class)
	static class BlockingInterface {

	}

	interface Wallets {

		@GetExchange("bank/wallet/")
		String get();

	}

}
