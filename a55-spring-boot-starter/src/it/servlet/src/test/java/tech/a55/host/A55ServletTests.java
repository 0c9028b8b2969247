package tech.a55.host;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import jakarta.servlet.Filter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;

import static org.assertj.core.api.Assertions.assertThat;

class A55ServletTests {

	private final A55Simulator a55 = new A55Simulator();

	private ConfigurableApplicationContext context;

	private Browser browser;

	private Application application;

	@BeforeEach
	void start() {
		this.context = SpringApplication.run(Application.class, this.a55.args());
		this.application = this.context.getBean(Application.class);
		this.browser = Browser.notFollowing(this.context.getEnvironment().getProperty("local.server.port", int.class));
	}

	@AfterEach
	void stop() {
		this.context.close();
		this.a55.close();
	}

	@Test
	void endpointsAreOpenAndNoSecurityFilterIsThere() {
		HttpResponse<String> response = this.browser.get("/open");
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.headers().map()).doesNotContainKeys("x-frame-options", "cache-control", "set-cookie");
		assertThat(this.browser.post("/open").body()).isEqualTo("posted");
		assertThat(this.browser.get("/login").statusCode()).isEqualTo(404);
		assertThat(this.context.getBeansOfType(Filter.class).values())
			.noneMatch((filter) -> filter.getClass().getName().contains("security"));
	}

	@Test
	void requestsSchedulesAndExecutorsShareOneToken() throws Exception {
		List<CompletableFuture<String>> requests = IntStream.range(0, 8)
			.mapToObj((i) -> CompletableFuture.supplyAsync(() -> this.browser.get("/a55").body()))
			.toList();
		assertThat(requests).allSatisfy((request) -> assertThat(request.get(30, TimeUnit.SECONDS)).isEqualTo("ok"));
		assertThat(this.application.scheduled.get(30, TimeUnit.SECONDS)).isEqualTo("ok");
		assertThat(callOn(this.context.getBean("applicationTaskExecutor", Executor.class))).isEqualTo("ok");
		assertThat(this.a55.calls()).hasSize(10).containsOnly("[Bearer token-1]");
		assertThat(this.a55.tokenRequests()).isOne();
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadsShareTheToken() throws Exception {
		assertThat(this.application.scheduled.get(30, TimeUnit.SECONDS)).isEqualTo("ok");
		assertThat(callOn(new VirtualThreadTaskExecutor())).isEqualTo("ok");
		assertThat(this.a55.tokenRequests()).isOne();
	}

	@Test
	void managerIsThereByName() {
		assertThat(this.context.getBean("a55AuthorizedClientManager"))
			.isInstanceOf(OAuth2AuthorizedClientManager.class);
	}

	private String callOn(Executor executor) throws Exception {
		return CompletableFuture.supplyAsync(this.application::call, executor).get(30, TimeUnit.SECONDS);
	}

}
