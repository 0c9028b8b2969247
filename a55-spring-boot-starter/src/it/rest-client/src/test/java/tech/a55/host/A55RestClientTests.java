package tech.a55.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.JdkClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.ReactorClientHttpRequestFactoryBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.task.VirtualThreadTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

class A55RestClientTests {

	private final A55Simulator a55 = new A55Simulator();

	private final Recording recording = new Recording();

	private ConfigurableApplicationContext context;

	private Application application;

	@TempDir
	private Path directory;

	@BeforeEach
	void start() {
		this.context = SpringApplication.run(Application.class, this.a55.args("--a55.rest-client.enabled=true"));
		this.application = this.context.getBean(Application.class);
	}

	@AfterEach
	void stop() {
		this.recording.close();
		this.context.close();
		this.a55.close();
	}

	@Test
	void clientAndInterfaceShareOneToken() {
		assertThat(this.application.call()).isEqualTo("ok");
		assertThat(this.application.callInterface()).isEqualTo("ok");
		assertThat(this.a55.tokenRequests()).isOne();
	}

	@Test
	void otherRestClientsUseTheHttpLibraryThatTheHostNames() {
		assertThat(this.context.getBean(ClientHttpRequestFactoryBuilder.class))
			.isInstanceOf(ReactorClientHttpRequestFactoryBuilder.class);
		try (ConfigurableApplicationContext named = SpringApplication.run(Application.class,
				this.a55.args("--a55.rest-client.enabled=true", "--spring.http.clients.imperative.factory=jdk"))) {
			assertThat(named.getBean(ClientHttpRequestFactoryBuilder.class))
				.isInstanceOf(JdkClientHttpRequestFactoryBuilder.class);
			assertThat(named.getBean(Application.class).call()).isEqualTo("ok");
		}
	}

	/**
	 * The classes are loaded by calls before, as loading them pins any thread.
	 */
	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadsAreNotPinnedByTheFirstCallsOfAnApplication() throws Exception {
		callOnVirtualThreads();
		this.context.close();
		start();
		record();
		callOnVirtualThreads();
		assertThat(this.a55.tokenRequests()).isEqualTo(2);
		assertThat(pinned()).isEmpty();
	}

	/**
	 * Shows that the test above would see a pinned thread.
	 */
	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void aPinnedVirtualThreadIsSeen() throws Exception {
		record();
		CompletableFuture.supplyAsync(() -> Pinning.DONE, new VirtualThreadTaskExecutor()).get(30, TimeUnit.SECONDS);
		assertThat(pinned()).isNotEmpty();
	}

	private void callOnVirtualThreads() {
		List<CompletableFuture<String>> calls = IntStream.range(0, 200)
			.mapToObj((i) -> CompletableFuture.supplyAsync(this.application::call, new VirtualThreadTaskExecutor()))
			.toList();
		assertThat(calls).allSatisfy((call) -> assertThat(call.get(30, TimeUnit.SECONDS)).isEqualTo("ok"));
	}

	private void record() {
		this.recording.enable("jdk.VirtualThreadPinned").withoutThreshold().withStackTrace();
		this.recording.start();
	}

	private List<RecordedEvent> pinned() throws IOException {
		this.recording.stop();
		Path file = this.directory.resolve("recording.jfr");
		this.recording.dump(file);
		return RecordingFile.readAllEvents(file);
	}

	/**
	 * Waits in its initializer, which a virtual thread cannot leave.
	 */
	private static final class Pinning {

		static final Boolean DONE = park();

		private static Boolean park() {
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
			return true;
		}

	}

}
