package tech.a55.spring.boot.connector;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.a55.spring.boot.autoconfigure.TestA55;

import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Token requests use connections of their own, and each one a new connection.
 */
class SeparateConnectorTests {

	private static final Duration PATIENCE = Duration.ofSeconds(40);

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	@ParameterizedTest
	@EnumSource
	void noCallFailsIfOldConnectionsToTheTokenEndpointAreReset(Connector connector) throws IOException {
		try (FaultProxy proxy = new FaultProxy(server.getPort())) {
			contextRunner(connector, proxy).run((context) -> {
				fetchFirstToken(context);
				proxy.resetOpen();
				assertThat(get(context)).isEqualTo("ok");
				assertThat(proxy.accepted()).isEqualTo(2);
			});
		}
	}

	@ParameterizedTest
	@EnumSource
	void noCallFailsIfOldConnectionsToTheTokenEndpointAreSilentlyDropped(Connector connector) throws IOException {
		try (FaultProxy proxy = new FaultProxy(server.getPort())) {
			contextRunner(connector, proxy).run((context) -> {
				fetchFirstToken(context);
				proxy.dropOpen();
				assertThat(get(context)).isEqualTo("ok");
				assertThat(proxy.accepted()).isEqualTo(2);
			});
		}
	}

	@ParameterizedTest
	@EnumSource
	void noCallFailsIfTheConnectionOfATokenRequestIsLost(Connector connector) throws IOException {
		for (FaultProxy.Fault fault : new FaultProxy.Fault[] { FaultProxy.Fault.RESET,
				FaultProxy.Fault.LOSE_RESPONSE }) {
			server.resetAll();
			try (FaultProxy proxy = new FaultProxy(server.getPort())) {
				contextRunner(connector, proxy).run((context) -> {
					fetchFirstToken(context);
					proxy.breakNext(fault);
					assertThat(get(context)).isEqualTo("ok");
					assertThat(proxy.accepted()).isEqualTo(3);
				});
			}
		}
	}

	@ParameterizedTest
	@EnumSource
	void aShorterReadTimeoutDoesNotEndATokenRequest(Connector connector) throws IOException {
		server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
			.willReturn(WireMock.okJson(TestA55.tokenResponse("token")).withFixedDelay(1000)));
		try (FaultProxy proxy = new FaultProxy(server.getPort())) {
			contextRunner(connector, proxy).withPropertyValues("a55.read-timeout=100ms").run((context) -> {
				OAuth2AuthorizedClientManager manager = context.getBean("a55AuthorizedClientManager",
						OAuth2AuthorizedClientManager.class);
				assertThat(Objects
					.requireNonNull(manager
						.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("a55").principal("test").build()))
					.getAccessToken()
					.getTokenValue()).isEqualTo("token");
			});
		}
	}

	/**
	 * Fetch a token that the API does not accept any more, so that the next call fetches
	 * the next one.
	 */
	private static void fetchFirstToken(ApplicationContext context) {
		TestA55.stub(server, "first");
		assertThat(get(context)).isEqualTo("ok");
		server.resetAll();
		TestA55.stub(server, "next");
		server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*"))
			.withHeader("Authorization", WireMock.equalTo("Bearer first"))
			.willReturn(WireMock.unauthorized()));
	}

	private static ApplicationContextRunner contextRunner(Connector connector, FaultProxy proxy) {
		return TestA55.contextRunner(server)
			.withPropertyValues("spring.http.clients.reactive.connector=" + connector, "a55.retry.enabled=false",
					"a55.token-uri=http://" + proxy.host() + TestA55.TOKEN_PATH, "a55.token.timeout=2m",
					"a55.connect-timeout=30s");
	}

	private static String get(ApplicationContext context) {
		return Objects.requireNonNull(context.getBean("a55WebClient", WebClient.class)
			.get()
			.uri("wallet")
			.retrieve()
			.bodyToMono(String.class)
			.block(PATIENCE));
	}

}
