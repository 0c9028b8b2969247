package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.http.Fault;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;
import tech.a55.spring.boot.A55Clients;
import tech.a55.spring.boot.connector.StallingServer;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientsProperties.Connector;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
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
 * Checks that neither secret nor token appears in any log, with all loggers at TRACE and
 * request details switched on. Two things cannot be prevented and are left out: at DEBUG,
 * Jetty logs headers and bodies, and HttpComponents the headers of HTTP/2.
 */
class SecretsInLogsTests {

	private static final List<String> SECRETS = List.of("s3cr3t+value", "s3cr3t%2Bvalue", "t0ken-one", "t0ken-two");

	private static final String HALF_A_RESPONSE = StallingServer.BEGINNING_OF_BODY + "{\"access_token\":\"t0ken-one\"";

	/**
	 * The server of the tests logs what it receives.
	 */
	private static final Set<String> LOGGERS_OF_THE_SERVER = Set.of("wiremock", "WireMock");

	private final WireMockServer server = new WireMockServer(WireMockConfiguration.options().dynamicPort());

	private final LoggerContext loggers = (LoggerContext) LoggerFactory.getILoggerFactory();

	private final Logger rootLogger = this.loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

	private final Map<Logger, Level> levels = new HashMap<>();

	private final List<Appender<ILoggingEvent>> otherAppenders = new ArrayList<>();

	private final Log log = new Log();

	@BeforeEach
	void start() {
		System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
		this.rootLogger.iteratorForAppenders().forEachRemaining(this.otherAppenders::add);
		this.otherAppenders.forEach(this.rootLogger::detachAppender);
		this.rootLogger.addAppender(this.log);
		this.log.start();
		this.server.start();
		LOGGERS_OF_THE_SERVER.forEach((name) -> setLevel(this.loggers.getLogger(name), Level.OFF));
		for (Logger logger : this.loggers.getLoggerList()) {
			if (logger.getLevel() != null && !LOGGERS_OF_THE_SERVER.contains(logger.getName())) {
				setLevel(logger, Level.TRACE);
			}
		}
	}

	private void setLevel(Logger logger, Level level) {
		this.levels.put(logger, logger.getLevel());
		logger.setLevel(level);
	}

	@AfterEach
	void stop() {
		this.levels.forEach(Logger::setLevel);
		this.rootLogger.detachAppender(this.log);
		this.otherAppenders.forEach(this.rootLogger::addAppender);
		System.clearProperty(LoggingSystem.SYSTEM_PROPERTY);
		this.server.stop();
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JETTY")
	@DisplayName("Row 19: everything at TRACE")
	void showNeitherSecretNorToken(Connector connector) throws IOException {
		succeed(connector);
		for (String body : List.of("{\"access_token\":\"t0ken-one\"", "{\"access_token\":\"t0ken-one\"}",
				"<html>client_secret=s3cr3t%2Bvalue</html>",
				"{\"access_token\":\"t0ken-one\\n\",\"token_type\":\"Bearer\"}")) {
			failAndCoolDown(connector, aResponse().withBody(body));
		}
		failAndCoolDown(connector, aResponse().withStatus(400)
			.withBody("{\"error\":\"invalid_client\",\"error_description\":\"s3cr3t+value\"}"));
		stub(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER));
		fail(connector);
		try (StallingServer stalling = new StallingServer(HALF_A_RESPONSE)) {
			// The machine may be too busy for the shorter ones
			for (int seconds = 1; stalling.stalled() == 0; seconds *= 2) {
				fail(connector, "a55.token.timeout=" + seconds + "s", "a55.token-uri=" + stalling.url() + "stalled");
			}
		}
		assertThat(this.loggers.getLoggerList())
			.filteredOn((logger) -> LOGGERS_OF_THE_SERVER.stream().noneMatch(logger.getName()::startsWith))
			.allMatch(Logger::isTraceEnabled);
		assertThat(this.log.loggers)
			.contains("org.springframework.web.reactive.function.client.ExchangeFunctions",
					"tech.a55.spring.boot.token.AccessTokenCache")
			.containsAll(loggersOf(connector));
		assertThat(this.log.leaks).isEmpty();
	}

	private void succeed(Connector connector) {
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
			get(context.getBean(A55Clients.class).webClient("shop"), "wallets");
		}
	}

	/**
	 * The second call does not reach the token endpoint, however slow the machine is.
	 */
	private void failAndCoolDown(Connector connector, ResponseDefinitionBuilder response) {
		stub(response.withHeader("Retry-After", "300"));
		fail(connector);
		this.server.verify(1, WireMock.postRequestedFor(WireMock.urlEqualTo("/oauth2/token")));
	}

	private void stub(ResponseDefinitionBuilder response) {
		this.server.resetAll();
		this.server.stubFor(post("/oauth2/token").willReturn(response));
	}

	private void fail(Connector connector, String... properties) {
		new ApplicationContextRunner().withConfiguration(TestA55.AUTO_CONFIGURATIONS)
			.withUserConfiguration(Wiretap.class)
			.withPropertyValues(properties(connector))
			.withPropertyValues(properties)
			.run((context) -> {
				for (int i = 0; i < 2; i++) {
					assertThatException().isThrownBy(() -> get(context.getBean(WebClient.class), "wallets"))
						.satisfies((ex) -> assertThat(ThrowableProxyUtil.asString(new ThrowableProxy(ex)))
							.contains("No access token for A55: POST ")
							.doesNotContain(SECRETS));
				}
			});
	}

	private static List<String> loggersOf(Connector connector) {
		return switch (connector) {
			case REACTOR -> List.of("reactor.netty.http.client.HttpClientOperations");
			case HTTP_COMPONENTS -> List.of("org.apache.hc.client5.http.headers");
			// Logs only if the JVM is started to do so
			case JDK, JETTY -> List.of();
		};
	}

	private static void get(WebClient client, String path) {
		client.get().uri(path).retrieve().toBodilessEntity().block(Duration.ofMinutes(2));
	}

	private static ResponseDefinitionBuilder token(String token) {
		return okJson("{\"access_token\":\"" + token + "\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
	}

	private ConfigurableApplicationContext run(Connector connector) {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off")
			.properties(properties(connector))
			.properties("a55.clients.shop.client-id=shop", "a55.clients.shop.client-secret=s3cr3t+value")
			.run();
	}

	private String[] properties(Connector connector) {
		return new String[] { "spring.http.codecs.log-request-details=true",
				"spring.http.clients.reactive.connector=" + connector, "a55.token.timeout=2m", "a55.client-id=a55",
				"a55.client-secret=s3cr3t+value", "a55.base-url=" + this.server.url("/api"),
				"a55.token-uri=" + this.server.url("/oauth2/token") };
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ Manager.class, Wiretap.class })
	static class Application {

	}

	static class Wiretap {

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

	/**
	 * Keeps the events that show a secret, and the names of the loggers.
	 */
	private static final class Log extends UnsynchronizedAppenderBase<ILoggingEvent> {

		private final Set<String> loggers = ConcurrentHashMap.newKeySet();

		private final Queue<ILoggingEvent> leaks = new ConcurrentLinkedQueue<>();

		@Override
		protected void append(ILoggingEvent event) {
			this.loggers.add(event.getLoggerName());
			String text = event.getFormattedMessage() + ThrowableProxyUtil.asString(event.getThrowableProxy());
			if (SECRETS.stream().anyMatch(text::contains)) {
				this.leaks.add(event);
			}
		}

	}

}
