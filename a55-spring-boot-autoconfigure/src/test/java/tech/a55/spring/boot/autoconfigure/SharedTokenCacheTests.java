package tech.a55.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.CacheManager;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SharedTokenCache}, in contexts that share a cache.
 */
class SharedTokenCacheTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final ConcurrentMapCacheManager store = new ConcurrentMapCacheManager();

	private final ApplicationContextRunner contextRunner = TestA55.contextRunner(server)
		.withPropertyValues("a55.token.cache=tokens")
		.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class, A55MetricsAutoConfiguration.class))
		.withBean(MeterRegistry.class, SimpleMeterRegistry::new);

	@Test
	void contextsWithOneCacheShareOneToken() {
		TestA55.stub(server, "token");
		ApplicationContextRunner sharing = this.contextRunner.withBean("cacheManager", CacheManager.class,
				() -> this.store);
		sharing.run((first) -> {
			assertThat(call(first)).isEqualTo("ok");
			awaitEntry();
			sharing.run((second) -> {
				assertThat(call(second)).isEqualTo("ok");
				assertThat(fetches(first)).isEqualTo(Map.of("success", 1.0, "failure", 0.0, "shared", 0.0));
				assertThat(fetches(second)).isEqualTo(Map.of("success", 0.0, "failure", 0.0, "shared", 1.0));
			});
		});
		server.verify(1, TestA55.TOKEN_REQUEST);
	}

	@Test
	void thePrimaryCacheManagerIsUsed() {
		TestA55.stub(server, "token");
		this.contextRunner.withBean("other", CacheManager.class, () -> new ConcurrentMapCacheManager("other"))
			.withBean("cacheManager", CacheManager.class, () -> this.store, (definition) -> definition.setPrimary(true))
			.run((context) -> {
				assertThat(call(context)).isEqualTo("ok");
				awaitEntry();
			});
	}

	@Test
	void eachAccountHasAnEntryOfItsOwn() {
		TestA55.stub(server, "token");
		this.contextRunner.withBean("cacheManager", CacheManager.class, () -> this.store)
			.withPropertyValues("a55.clients.shop.client-id=shop", "a55.clients.shop.client-secret=other")
			.run((context) -> {
				assertThat(call(context)).isEqualTo("ok");
				TestA55.call(context, "shop");
				server.verify(2, TestA55.TOKEN_REQUEST);
				Awaitility.await()
					.atMost(Duration.ofMinutes(1))
					.untilAsserted(() -> assertThat(entries().keySet()).extracting(Object::toString)
						.satisfiesExactlyInAnyOrder((name) -> assertThat(name).startsWith("a55:test-client:"),
								(name) -> assertThat(name).startsWith("a55:shop:")));
			});
	}

	@Test
	void nothingIsSharedWithoutTheProperty() {
		TestA55.stub(server, "token");
		TestA55.contextRunner(server).withBean(CacheManager.class, () -> this.store).run((context) -> {
			assertThat(call(context)).isEqualTo("ok");
			assertThat(this.store.getCacheNames()).isEmpty();
		});
	}

	private void awaitEntry() {
		Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> assertThat(entries()).hasSize(1));
	}

	private Map<?, ?> entries() {
		return (Map<?, ?>) Objects.requireNonNull(this.store.getCache("tokens")).getNativeCache();
	}

	private static String call(ApplicationContext context) {
		return Objects.requireNonNull(
				context.getBean(WebClient.class).get().uri("x").retrieve().bodyToMono(String.class).block());
	}

	private static Map<String, Double> fetches(ApplicationContext context) {
		MeterRegistry meters = context.getBean(MeterRegistry.class);
		return List.of("success", "failure", "shared")
			.stream()
			.collect(Collectors.toMap((outcome) -> outcome,
					(outcome) -> meters.get("a55.token.fetches").tag("outcome", outcome).functionCounter().count()));
	}

}
