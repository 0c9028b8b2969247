package tech.a55.spring.boot.client;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tech.a55.spring.boot.autoconfigure.TestA55;
import tech.a55.spring.boot.connector.StallingServer;
import tech.a55.spring.boot.connector.TestConnectors;

import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link ExchangeClientHttpRequestFactory}.
 */
class ExchangeClientHttpRequestFactoryTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	@RegisterExtension
	static final WireMockExtension otherServer = TestA55.server();

	@ParameterizedTest
	@EnumSource
	void sendsBodyAndHeaders(Connector connector) {
		TestA55.stub(server, "token-1");
		try (TestClients clients = clients(connector)) {
			ResponseEntity<String> response = clients.restClient()
				.post()
				.uri("bank/wallet/charge/")
				.contentType(MediaType.APPLICATION_JSON)
				.header("Idempotency-Key", "9b2f")
				.body("{\"amount\":1}")
				.retrieve()
				.toEntity(String.class);
			assertThat(response.getStatusCode()).isEqualTo(HttpStatus.OK);
			assertThat(response.getBody()).isEqualTo("ok");
		}
		server.verify(1,
				WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/bank/wallet/charge/"))
					.withHeader("Content-Type", WireMock.equalTo("application/json"))
					.withHeader("Content-Length", WireMock.equalTo("12"))
					.withHeader("Idempotency-Key", WireMock.equalTo("9b2f"))
					.withRequestBody(WireMock.equalToJson("{\"amount\":1}")));
	}

	@Test
	void sendsNothingToAnotherOrigin() {
		try (TestClients clients = clients(Connector.REACTOR)) {
			assertThatExceptionOfType(ClientAuthorizationException.class)
				.isThrownBy(() -> get(clients.restClient(), otherServer.url("/x")))
				.withMessageContaining("a55.base-url");
			assertThat(clients.issued()).isZero();
		}
		otherServer.verify(0, WireMock.anyRequestedFor(WireMock.anyUrl()));
	}

	@ParameterizedTest
	@EnumSource
	void replacesARefusedTokenAndSendsTheSameBytesAgain(Connector connector) {
		TestA55.stub(server, "token-2");
		server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*"))
			.withHeader("Authorization", WireMock.equalTo("Bearer token-1"))
			.willReturn(WireMock.unauthorized()));
		try (TestClients clients = clients(connector)) {
			assertThat(clients.restClient().post().uri("x").body("payment").retrieve().body(String.class))
				.isEqualTo("ok");
		}
		server.verify(2, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/x"))
			.withRequestBody(WireMock.equalTo("payment")));
	}

	@ParameterizedTest
	@EnumSource
	void retriesAsTheWebClientDoes(Connector connector) {
		TestA55.stub(server, "token-1");
		server.stubFor(WireMock.any(WireMock.urlPathEqualTo("/api/v1/x"))
			.inScenario("outage")
			.whenScenarioStateIs(Scenario.STARTED)
			.willSetStateTo("over")
			.willReturn(WireMock.serviceUnavailable()));
		try (TestClients clients = clients(connector)) {
			assertThat(get(clients.restClient(), "x")).isEqualTo("ok");
		}
		server.verify(2, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/x")));
	}

	@ParameterizedTest
	@EnumSource
	void neverSendsAPaymentWithoutAnIdempotencyKeyTwice(Connector connector) {
		server.stubFor(WireMock.post("/api/v1/unavailable").willReturn(WireMock.serviceUnavailable()));
		server.stubFor(WireMock.post("/api/v1/lost")
			.willReturn(WireMock.aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
		try (TestClients clients = clients(connector)) {
			RestClient client = clients.restClient();
			assertThatExceptionOfType(HttpServerErrorException.ServiceUnavailable.class)
				.isThrownBy(() -> client.post().uri("unavailable").body("payment").retrieve().toBodilessEntity());
			assertThatExceptionOfType(ResourceAccessException.class)
				.isThrownBy(() -> client.post().uri("lost").body("payment").retrieve().toBodilessEntity());
		}
		server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/unavailable")));
		server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/lost")));
	}

	@ParameterizedTest
	@EnumSource
	void aLateResponseIsAnIoError(Connector connector) throws IOException {
		try (StallingServer api = new StallingServer("");
				TestClients clients = TestClients.of(connector, api.url(),
						TestConnectors.SETTINGS.withReadTimeout(Duration.ofMillis(50)))) {
			assertThatExceptionOfType(ResourceAccessException.class)
				.isThrownBy(() -> get(clients.restClient(), "stalled"))
				.withCauseInstanceOf(IOException.class);
		}
	}

	@ParameterizedTest
	@EnumSource
	void anApiThatCannotBeReachedIsAnIoErrorWithItsCause(Connector connector) {
		try (TestClients clients = TestClients.of(connector, "http://localhost:1/")) {
			assertThatExceptionOfType(ResourceAccessException.class).isThrownBy(() -> get(clients.restClient(), "x"))
				.withCauseInstanceOf(ConnectException.class);
		}
	}

	@Test
	void refusesToBlockAnEventLoopAndSendsNothingThen() {
		TestA55.stub(server, "token-1");
		try (TestClients clients = clients(Connector.REACTOR)) {
			RestClient client = clients.restClient();
			get(client, "warm");
			assertThatIllegalStateException()
				.isThrownBy(() -> Mono
					.fromCallable(() -> client.post().uri("x").body("payment").retrieve().toBodilessEntity())
					.subscribeOn(Schedulers.parallel())
					.block())
				.withMessageContaining("'a55WebClient'");
			get(client, "after");
		}
		server.verify(0, WireMock.postRequestedFor(WireMock.urlEqualTo("/api/v1/x")));
	}

	@ParameterizedTest
	@EnumSource
	@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
	void refusesToBlockACallbackOfTheWebClientAndSendsNothingThen(Connector connector) {
		TestA55.stub(server, "token-1");
		try (TestClients clients = clients(connector)) {
			RestClient restClient = clients.restClient();
			WebClient webClient = clients.webClient();
			OAuth2AuthorizeRequest authorizeRequest = OAuth2AuthorizeRequest.withClientRegistrationId("a55")
				.principal("test")
				.build();
			Mono<String> body = webClient.get().uri("x").retrieve().bodyToMono(String.class);
			Mono<Void> response = webClient.get().uri("x").exchangeToMono((received) -> {
				get(restClient, "y");
				return received.releaseBody();
			});
			for (Mono<?> call : List.of(body.doOnNext((received) -> get(restClient, "y")), response,
					body.doOnNext((received) -> clients.manager().authorize(authorizeRequest)))) {
				// Not every response comes on the same thread
				for (int i = 0; i < 20; i++) {
					assertThatIllegalStateException().isThrownBy(call::block).withMessageContaining("'a55WebClient'");
				}
			}
			assertThat(get(restClient, "x")).isEqualTo("ok");
		}
		server.verify(0, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/y")));
	}

	@Test
	void anInterruptEndsTheCallAndStaysWithTheThread() throws IOException {
		try (StallingServer api = new StallingServer("");
				TestClients clients = TestClients.of(Connector.REACTOR, api.url())) {
			CountDownLatch interrupted = new CountDownLatch(1);
			FutureTask<@Nullable String> call = new FutureTask<>(() -> {
				try {
					return get(clients.restClient(), "stalled");
				}
				finally {
					if (Thread.currentThread().isInterrupted()) {
						interrupted.countDown();
					}
				}
			});
			Thread thread = new Thread(call);
			thread.start();
			TestConnectors.eventually().until(() -> api.stalled() == 1);
			thread.interrupt();
			assertThatExceptionOfType(ExecutionException.class)
				.isThrownBy(() -> call.get(TestConnectors.PATIENCE.toSeconds(), TimeUnit.SECONDS))
				.withCauseInstanceOf(ResourceAccessException.class);
			assertThat(interrupted.getCount()).isZero();
		}
	}

	private static TestClients clients(Connector connector) {
		return TestClients.retrying(connector, server.url("/api/v1/"));
	}

	private static @Nullable String get(RestClient client, String uri) {
		return client.get().uri(uri).retrieve().body(String.class);
	}

}
