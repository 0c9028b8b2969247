package tech.a55.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

class A55SharedTokenTests {

	private final A55Simulator a55 = new A55Simulator();

	private final int port = freePort();

	private RedisServer redis;

	@BeforeEach
	void startRedis() throws IOException {
		this.redis = RedisServer.newRedisServer().port(this.port).bind("127.0.0.1").setting("save \"\"").build();
		this.redis.start();
	}

	@AfterEach
	void stop() throws IOException {
		this.a55.close();
		this.redis.stop();
	}

	@Test
	void processesShareOneTokenRequest() {
		try (ApplicationProcess first = start()) {
			first.await("response: ok");
			awaitEntry();
			try (ApplicationProcess second = start()) {
				second.await("response: ok");
			}
		}
		assertThat(this.a55.calls()).containsExactly("[Bearer token-1]", "[Bearer token-1]");
		assertThat(this.a55.tokenRequests()).isOne();
	}

	@Test
	void aProcessThatStartsLaterTakesTheTokenOfOneThatHasEnded() {
		try (ApplicationProcess first = start()) {
			first.await("response: ok");
			awaitEntry();
		}
		try (ApplicationProcess second = start()) {
			second.await("response: ok");
		}
		assertThat(this.a55.tokenRequests()).isOne();
	}

	@Test
	void whoReadsRedisLearnsNothing() {
		try (ConfigurableApplicationContext context = run()) {
			awaitEntry();
			try (RedisConnection connection = context.getBean(RedisConnectionFactory.class).getConnection()) {
				byte[] key = connection.keyCommands().keys("*".getBytes(StandardCharsets.UTF_8)).iterator().next();
				assertThat(new String(key, StandardCharsets.UTF_8)).matches("a55-token::a55:host:[A-Za-z0-9_-]{16}");
				assertThat(new String(connection.stringCommands().get(key), StandardCharsets.ISO_8859_1))
					.doesNotContain("token-1", "secret");
			}
		}
	}

	@Test
	void withoutRedisAnInstanceRequestsATokenOfItsOwn() throws IOException {
		runUntilThereIsAnEntry();
		this.redis.stop();
		run().close();
		assertThat(this.a55.tokenRequests()).isEqualTo(2);
		this.redis.start();
		runUntilThereIsAnEntry();
		run().close();
		assertThat(this.a55.tokenRequests()).isEqualTo(3);
	}

	private void runUntilThereIsAnEntry() {
		try (ConfigurableApplicationContext context = run()) {
			awaitEntry();
		}
	}

	/**
	 * The token is written after the call that requested it.
	 */
	private void awaitEntry() {
		Awaitility.await().atMost(Duration.ofMinutes(1)).until(this::hasEntry);
	}

	private boolean hasEntry() throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			socket.getOutputStream().write("DBSIZE\r\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII));
			return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).startsWith(":1");
		}
	}

	private ApplicationProcess start() {
		return ApplicationProcess.start(List.of(Application.class.getName()), args("--spring.main.keep-alive=true"));
	}

	private ConfigurableApplicationContext run() {
		return SpringApplication.run(Application.class, args());
	}

	private String[] args(String... more) {
		String[] sharing = { "--spring.cache.type=redis", "--spring.data.redis.host=127.0.0.1",
				"--spring.data.redis.port=" + this.port, "--a55.token.cache=a55-token" };
		return Stream.of(this.a55.args(sharing), more)
			.flatMap(Arrays::stream)
			.toArray(String[]::new);
	}

	private static int freePort() {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
