package tech.a55.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.UUID;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

class A55SharedTokenTests {

	private final String cluster = UUID.randomUUID().toString();

	@Test
	void membersShareOneTokenRequest() throws IOException {
		int[] ports = freePorts();
		String members = "127.0.0.1:" + ports[0] + ",127.0.0.1:" + ports[1];
		try (A55Simulator a55 = new A55Simulator();
				ConfigurableApplicationContext second = run(a55, ports[1], members)) {
			try (ConfigurableApplicationContext first = run(a55, ports[0], members)) {
				HazelcastInstance member = second.getBean(HazelcastInstance.class);
				Awaitility.await()
					.atMost(Duration.ofMinutes(2))
					.until(() -> member.getCluster().getMembers().size() == 2);
				assertThat(first.getBean(Application.class).call()).isEqualTo("ok");
				IMap<String, Object> map = member.getMap("a55-token");
				Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> map.size() == 1);
				assertThat(map.keySet()).allMatch((key) -> key.matches("a55:host:[A-Za-z0-9_-]{16}"));
				assertThat(map.values()).noneMatch((value) -> value.toString().contains("token-1"));
			}
			assertThat(second.getBean(Application.class).call()).isEqualTo("ok");
			assertThat(a55.calls()).containsExactly("[Bearer token-1]", "[Bearer token-1]");
			assertThat(a55.tokenRequests()).isOne();
		}
	}

	private ConfigurableApplicationContext run(A55Simulator a55, int port, String members) {
		return SpringApplication.run(Application.class, a55.args("--cluster=" + this.cluster, "--port=" + port,
				"--members=" + members, "--a55.token.cache=a55-token"));
	}

	private static int[] freePorts() throws IOException {
		InetAddress loopback = InetAddress.getLoopbackAddress();
		try (ServerSocket first = new ServerSocket(0, 1, loopback); ServerSocket second = new ServerSocket(0, 1, loopback)) {
			return new int[] { first.getLocalPort(), second.getLocalPort() };
		}
	}

}
