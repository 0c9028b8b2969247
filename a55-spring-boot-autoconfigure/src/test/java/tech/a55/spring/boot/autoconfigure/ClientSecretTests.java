package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ClientSecret}. {@link A55ClientSecretTests} has those that need a
 * token endpoint.
 */
class ClientSecretTests {

	private final VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();

	@AfterEach
	void letTimePass() {
		VirtualTimeScheduler.reset();
	}

	@Test
	void readsAFileOncePerSecondAtTheMost(@TempDir Path directory) throws IOException {
		Path file = Files.writeString(directory.resolve("a55.client-secret"), "old");
		MockEnvironment environment = new MockEnvironment();
		environment.getPropertySources().addFirst(new ConfigTreePropertySource("tree", directory));
		Mono<String> secret = ClientSecret.of(environment);
		assertThat(secret.block()).isEqualTo("old");
		Files.writeString(file, "new");
		this.time.advanceTimeBy(Duration.ofMillis(999));
		assertThat(secret.block()).isEqualTo("old");
		this.time.advanceTimeBy(Duration.ofMillis(1));
		assertThat(secret.block()).isEqualTo("new");
	}

	@Test
	void readsAFileAtOnceAgainWhereItCouldNotBeRead(@TempDir Path directory) throws IOException {
		Path file = Files.writeString(directory.resolve("a55.client-secret"), "");
		MockEnvironment environment = new MockEnvironment();
		environment.getPropertySources().addFirst(new ConfigTreePropertySource("tree", directory));
		Mono<String> secret = ClientSecret.of(environment);
		assertThatExceptionOfType(InvalidA55ConfigurationException.class).isThrownBy(secret::block);
		Files.writeString(file, "new");
		assertThat(secret.block()).isEqualTo("new");
	}

	@Test
	void readsWhatIsInMemoryEachTime() {
		MockEnvironment environment = new MockEnvironment().withProperty("a55.client-secret", "old");
		Mono<String> secret = ClientSecret.of(environment);
		assertThat(secret.block()).isEqualTo("old");
		environment.setProperty("a55.client-secret", "new");
		assertThat(secret.block()).isEqualTo("new");
	}

}
