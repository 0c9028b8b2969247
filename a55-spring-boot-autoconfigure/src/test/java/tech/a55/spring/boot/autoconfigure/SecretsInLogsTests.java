package tech.a55.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.read.ListAppender;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.web.reactive.function.client.WebClient;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.unauthorized;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Checks that neither secret nor token appears in any log, with everything at TRACE and
 * request details switched on. Left out is what cannot be prevented: at DEBUG, Jetty logs
 * headers and bodies, and HttpComponents the headers of HTTP/2.
 */
class SecretsInLogsTests {

	private static final List<String> SECRETS = List.of("s3cr3t+value", "s3cr3t%2Bvalue", "t0ken-one", "t0ken-two");

	private final WireMockServer server = new WireMockServer(WireMockConfiguration.options().dynamicPort());

	private final Logger rootLogger = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

	private final Level level = this.rootLogger.getLevel();

	private final List<Appender<ILoggingEvent>> otherAppenders = new ArrayList<>();

	private final ListAppender<ILoggingEvent> log = new ListAppender<>();

	@BeforeEach
	void start() {
		System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
		this.rootLogger.iteratorForAppenders().forEachRemaining(this.otherAppenders::add);
		this.otherAppenders.forEach(this.rootLogger::detachAppender);
		this.rootLogger.addAppender(this.log);
		this.log.start();
		this.server.start();
		this.rootLogger.setLevel(Level.TRACE);
	}

	@AfterEach
	void stop() {
		this.rootLogger.setLevel(this.level);
		this.rootLogger.detachAppender(this.log);
		this.otherAppenders.forEach(this.rootLogger::addAppender);
		System.clearProperty(LoggingSystem.SYSTEM_PROPERTY);
		this.server.stop();
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JETTY")
	@DisplayName("Row 19: everything at TRACE")
	void showNeitherSecretNorToken(Connector connector) {
		this.server.stubFor(post("/oauth2/token").inScenario("tokens")
			.whenScenarioStateIs("Started")
			.willSetStateTo("one")
			.willReturn(token("t0ken-one")));
		this.server.stubFor(
				post("/oauth2/token").inScenario("tokens").whenScenarioStateIs("one").willReturn(token("t0ken-two")));
		this.server.stubFor(any(urlPathMatching("/api/.*")).willReturn(okJson("{\"x\":1}")));
		this.server
			.stubFor(any(urlPathMatching("/api/refused")).withHeader("Authorization", equalTo("Bearer t0ken-one"))
				.willReturn(unauthorized()));
		try (ConfigurableApplicationContext context = run(connector)) {
			WebClient client = context.getBean(WebClient.class);
			get(client, "wallets");
			client.post().uri("charges").bodyValue(Map.of("a", 1)).retrieve().toBodilessEntity().block();
			get(client, "refused");
			assertThatException().isThrownBy(() -> get(client, "http://localhost.:1/elsewhere"));
			assertThat(context.getBean(Manager.class).authorize()).isEqualTo("t0ken-two");
		}
		this.server.resetScenarios();
		for (String broken : List.of("{\"access_token\":\"t0ken-one\"", "{\"access_token\":\"t0ken-one\"}",
				"<html>client_secret=s3cr3t%2Bvalue</html>",
				"{\"access_token\":\"t0ken-one\\n\",\"token_type\":\"Bearer\"}")) {
			this.server.stubFor(post("/oauth2/token").willReturn(aResponse().withBody(broken)));
			fail(connector);
		}
		this.server.stubFor(post("/oauth2/token")
			.willReturn(aResponse().withStatus(400).withBody("{\"error\":\"invalid_client\"}")));
		fail(connector);
		this.server.stubFor(post("/oauth2/token").willReturn(aResponse().withFixedDelay(2_000)));
		fail(connector);
		assertThat(this.log.list).hasSizeGreaterThan(500);
		assertThat(List.copyOf(this.log.list)).extracting(ILoggingEvent::getLoggerName)
			.contains("org.springframework.web.reactive.function.client.ExchangeFunctions")
			.containsAll(loggers(connector));
		assertThat(List.copyOf(this.log.list)).filteredOn(SecretsInLogsTests::showsASecret).isEmpty();
	}

	private void fail(Connector connector) {
		try (ConfigurableApplicationContext context = run(connector)) {
			assertThatException().isThrownBy(() -> get(context.getBean(WebClient.class), "wallets"))
				.satisfies((ex) -> assertThat(ThrowableProxyUtil.asString(new ThrowableProxy(ex)))
					.doesNotContain(SECRETS));
		}
	}

	private static List<String> loggers(Connector connector) {
		return switch (connector) {
			case REACTOR -> List.of("reactor.netty.http.client.HttpClientOperations");
			case HTTP_COMPONENTS -> List.of("org.apache.hc.client5.http.headers");
			// Logs where the JVM is started to do so, and nowhere else
			case JDK, JETTY -> List.of();
		};
	}

	private static void get(WebClient client, String path) {
		client.get().uri(path).retrieve().toBodilessEntity().block(Duration.ofSeconds(20));
	}

	private static boolean showsASecret(ILoggingEvent event) {
		String text = event.getFormattedMessage() + ThrowableProxyUtil.asString(event.getThrowableProxy());
		return !event.getLoggerName().startsWith("wiremock") && !event.getLoggerName().startsWith("WireMock")
				&& SECRETS.stream().anyMatch(text::contains);
	}

	private static ResponseDefinitionBuilder token(String token) {
		return okJson("{\"access_token\":\"" + token + "\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
	}

	private ConfigurableApplicationContext run(Connector connector) {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off", "spring.http.codecs.log-request-details=true",
					"spring.http.clients.reactive.connector=" + connector, "a55.token.timeout=1s", "a55.client-id=a55",
					"a55.client-secret=s3cr3t+value", "a55.base-url=" + this.server.baseUrl() + "/api",
					"a55.token-uri=" + this.server.baseUrl() + "/oauth2/token")
			.run();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Manager.class)
	static class Application {

		@Bean
		ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> wiretap() {
			return (builder) -> builder.withHttpClientCustomizer((client) -> client.wiretap(true));
		}

	}

	static class Manager {

		private final OAuth2AuthorizedClientManager manager;

		Manager(@Qualifier("a55AuthorizedClientManager") OAuth2AuthorizedClientManager manager) {
			this.manager = manager;
		}

		String authorize() {
			return Objects
				.requireNonNull(this.manager
					.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("a55").principal("test").build()))
				.getAccessToken()
				.getTokenValue();
		}

	}

}
