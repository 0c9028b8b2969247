package tech.a55.sample.simulator;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

import com.github.tomakehurst.wiremock.client.WireMock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tech.a55.sample.A55SampleApplication;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.reactive.server.WebTestClient;

/**
 * Test of the sample with a simulator whose clock runs ahead, so that a token has expired
 * there before the application expects it to.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, classes = A55SampleApplication.class)
@AutoConfigureWebTestClient(timeout = "60s")
class ExpiredTokenTests {

	private static final Duration TOKEN_LIFETIME = Duration.ofHours(1);

	private static final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);

	private static final A55Simulator simulator = A55Simulator.start(TOKEN_LIFETIME, Duration.ZERO, now::get);

	@DynamicPropertySource
	static void useSimulator(DynamicPropertyRegistry registry) {
		registry.add("a55.client-id", simulator::clientId);
		registry.add("a55.client-secret", simulator::clientSecret);
		registry.add("a55.base-url", simulator::baseUrl);
		registry.add("a55.token-uri", simulator::tokenUri);
	}

	@AfterAll
	static void stopSimulator() {
		simulator.close();
	}

	@Test
	void callsGoOnSucceedingWhenTheTokenHasExpired(@Autowired WebTestClient client) {
		assertSucceeds(client);
		assertTokenRequests(1);
		now.updateAndGet((instant) -> instant.plus(TOKEN_LIFETIME));
		assertSucceeds(client);
		assertTokenRequests(2);
	}

	private static void assertSucceeds(WebTestClient client) {
		client.get().uri("/wallets?customer_id=1001").exchange().expectStatus().isOk();
	}

	private static void assertTokenRequests(int count) {
		URI tokenUri = URI.create(simulator.tokenUri());
		new WireMock(tokenUri.getHost(), tokenUri.getPort()).verifyThat(count,
				WireMock.postRequestedFor(WireMock.urlEqualTo(tokenUri.getPath())));
	}

}
