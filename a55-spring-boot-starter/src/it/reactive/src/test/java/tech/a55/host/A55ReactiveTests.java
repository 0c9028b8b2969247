package tech.a55.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;

import static org.assertj.core.api.Assertions.assertThat;

class A55ReactiveTests {

	private static final List<String> blocked = new CopyOnWriteArrayList<>();

	static {
		BlockHound.install((builder) -> builder
			.markAsBlocking("org.springframework.util.FileCopyUtils", "copyToByteArray", "(Ljava/io/InputStream;)[B")
			.blockingMethodCallback((method) -> {
				AssertionError error = new AssertionError(method.toString());
				error.printStackTrace();
				blocked.add(method.toString());
				throw error;
			}));
	}

	@Test
	void blocksNoEventLoopOnAColdAndOnAWarmCallWithASecretThatIsReadFromAFile(@TempDir Path directory)
			throws IOException {
		Files.writeString(directory.resolve("secret-file"), "of-the-file");
		try (A55Simulator a55 = new A55Simulator();
				ConfigurableApplicationContext context = SpringApplication.run(Application.class,
						a55.args("--spring.config.import=configtree:" + directory + "/",
								"--a55.client-secret=${secret-file}"))) {
			Browser browser = Browser
				.notFollowing(context.getEnvironment().getProperty("local.server.port", int.class));
			assertThat(a55.tokenRequests()).isZero();
			assertThat(browser.get("/a55").body()).isEqualTo("ok");
			assertThat(browser.get("/a55").body()).isEqualTo("ok");
			assertThat(a55.calls()).containsExactly("[Bearer token-1]", "[Bearer token-1]");
			assertThat(a55.tokenForms()).singleElement().asString().contains("client_secret=of-the-file");
			assertThat(blocked).isEmpty();
			assertThat(context.getBean("a55AuthorizedClientManager")).isInstanceOf(OAuth2AuthorizedClientManager.class);
		}
		assertBlockHoundWatches(() -> Thread.yield());
		assertBlockHoundWatches(
				() -> new ConfigTreePropertySource("test", directory).getProperty("secret-file").toString());
	}

	private static void assertBlockHoundWatches(Runnable blocking) {
		blocked.clear();
		Mono.fromRunnable(blocking).subscribeOn(Schedulers.parallel()).onErrorComplete().block();
		assertThat(blocked).hasSize(1);
	}

}
