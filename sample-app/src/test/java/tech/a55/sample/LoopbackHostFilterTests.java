package tech.a55.sample;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.http.HttpHeaders;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.test.web.reactive.server.WebTestClient;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link LoopbackHostFilter}, and for the address that the sample listens on.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureWebTestClient(timeout = "60s")
class LoopbackHostFilterTests {

	@Autowired
	private WebTestClient client;

	@LocalServerPort
	private int port;

	@Test
	void listensOnNoOtherAddress() {
		assertThatNoException().isThrownBy(() -> connect(1));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> connect(2));
	}

	private void connect(int lastByte) throws IOException {
		InetAddress address = InetAddress.getByAddress(new byte[] { 127, 0, 0, (byte) lastByte });
		new Socket(address, this.port).close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080" })
	void acceptsLoopbackHosts(String host) {
		this.client.get().uri("/").header(HttpHeaders.HOST, host).exchange().expectStatus().isOk();
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "example.com", "example.com:8080", "localhost.example.com", "192.168.0.1", "127.0.0.1.nip" })
	void refusesOtherHosts(String host) {
		this.client.get().uri("/wallets").header(HttpHeaders.HOST, host).exchange().expectStatus().isForbidden();
	}

	@Test
	void acceptsAnyHostIfTheServerListensOnAnotherAddress() throws IOException {
		LoopbackHostFilter filter = new LoopbackHostFilter(InetAddress.getByAddress(new byte[4]));
		MockServerWebExchange exchange = MockServerWebExchange
			.from(MockServerHttpRequest.get("/").header(HttpHeaders.HOST, "example.com"));
		assertThatNoException().isThrownBy(() -> filter.filter(exchange, (allowed) -> Mono.empty()).block());
	}

}
