package tech.a55.spring.boot.autoconfigure;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tech.a55.spring.boot.client.TestExchange;
import tech.a55.spring.boot.connector.HttpConnectors;
import tech.a55.spring.boot.connector.StallingServer;
import tech.a55.spring.boot.token.AccessTokenCache;
import tech.a55.spring.boot.token.AccessTokenRequest;
import tech.a55.spring.boot.token.CachedOAuth2AuthorizedClientManager;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Keeps the README in step with what it tells of.
 */
@ExtendWith(OutputCaptureExtension.class)
class ReadmeTests {

	private static final Path ROOT = Path.of("..");

	private static final Pattern CELL_END = Pattern.compile("\\|");

	private static final Pattern CODE = Pattern.compile("`([^`]+)`");

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final List<String> messages = new ArrayList<>();

	@Test
	void tellsOfAllPropertiesAndOfNoOther() throws IOException {
		List<String> told = rows("## Properties").flatMap((row) -> code(row.get(0)).stream()).toList();
		try (InputStream metadata = new ClassPathResource("META-INF/spring-configuration-metadata.json")
			.getInputStream()) {
			List<String> known = JsonMapper.shared()
				.readTree(metadata)
				.path("properties")
				.valueStream()
				.map((property) -> property.path("name").asString())
				.toList();
			assertThat(told).containsExactlyInAnyOrderElementsOf(known);
		}
	}

	@Test
	void eachGuaranteeIsHeldByATestThatExists() {
		List<String> tests = rows("## What it guarantees").flatMap((row) -> code(row.get(1)).stream()).toList();
		assertThat(tests).hasSizeGreaterThan(20).allSatisfy((test) -> {
			int dot = test.indexOf('.');
			String source = read(findSource(((dot != -1) ? test.substring(0, dot) : test) + ".java"));
			assertThat(source).contains((dot != -1) ? "void " + test.substring(dot + 1) + "(" : "Test\n");
		});
	}

	@Test
	void eachHostExists() {
		String modules = read(ROOT.resolve("a55-spring-boot-starter/src/it/pom.xml"));
		List<String> hosts = rows("## What it does to your application").flatMap((row) -> {
			List<String> names = code(row.get(2));
			return row.get(1).contains("as before")
					? names.stream().flatMap((host) -> Stream.of(host, host + "-without")) : names.stream();
		}).toList();
		assertThat(hosts).hasSizeGreaterThan(10)
			.contains("servlet-security-without")
			.allSatisfy((host) -> assertThat(modules).contains("<module>" + host + "</module>"))
			.allSatisfy(
					(host) -> assertThat(ROOT.resolve("a55-spring-boot-starter/src/it/" + host + "/pom.xml")).exists());
	}

	@Test
	void theClassesThatItShowsAreThoseOfAHost() {
		String readme = squeeze(readme());
		Path host = ROOT.resolve("a55-spring-boot-starter/src/it/testing/src");
		for (String file : List.of("main/java/tech/a55/host/Wallets.java",
				"test/java/tech/a55/host/WalletsTests.java")) {
			String source = read(host.resolve(file));
			assertThat(readme).contains(squeeze(source.substring(source.indexOf("\n@"))));
		}
	}

	@Test
	void eachMessageOfItsTableIsGivenAndNoOther(CapturedOutput output) throws IOException {
		failToStart(output, "--a55.client-id=test");
		failToStart(output, "--a55.client-id=test", "--a55.client-secret=");
		failToStart(output, "--a55.client-id=test", "--a55.client-secret=${gone}");
		for (String property : List.of("a55.base-url=api", "a55.base-url=http://example.com/",
				"a55.base-url=https://a b/", "a55.base-url=https://a_b/", "a55.base-url=https://user@example.com/",
				"a55.base-url=https://example.com/?a=b", "a55.retry.max-wait=0", "a55.retry.max-wait=1us",
				"a55.retry.max-wait=2d", "a55.retry.max-attempts=0", "a55.token.refresh-after=1", "a55.ssl.bundle=none",
				"a55.scopes=a b")) {
			failToStart(output, "--a55.client-id=test", "--a55.client-secret=test", "--" + property);
		}
		failToStart(output, "--a55.client-id=test", "--a55.client-secret=test", "--a55.ssl.bundle=broken",
				"--spring.ssl.bundle.pem.broken.truststore.certificate=file:/no/such.pem");
		failToStart(output);
		failToStart(output, "--a55.enabled=false");
		failToStart(NeedsReactiveInterface.class, output, "--a55.client-id=test", "--a55.client-secret=test");
		failToStart(HasPlainTokenUri.class, output, "--a55.client-id=test", "--a55.client-secret=test");
		this.messages.add(messageOf(() -> UnsupportedSpringBootListener.requireSupported("3.5.0")));
		failToStartThatWhichNeeds(RestClient.class, output);
		failToStartThatWhichNeeds(OAuth2AuthorizedClientManager.class, output);
		for (String error : List.of("invalid_client", "invalid_scope", "unauthorized_client")) {
			server.stubFor(WireMock.any(WireMock.anyUrl())
				.willReturn(WireMock.jsonResponse("{\"error\":\"" + error + "\"}", 400)));
			failToCall();
		}
		server.stubFor(WireMock.any(WireMock.anyUrl()).willReturn(WireMock.status(429)));
		failToCall();
		server.stubFor(WireMock.any(WireMock.anyUrl())
			.willReturn(WireMock.status(403).withHeader("Content-Type", "text/html").withBody("<html>blocked</html>")));
		failToCall();
		for (String body : List.of("", "{}", "x".repeat(100_000))) {
			server.stubFor(WireMock.any(WireMock.anyUrl()).willReturn(WireMock.serverError().withBody(body)));
			failToCall();
		}
		String issued = TestA55.tokenResponse("token");
		for (String body : List.of("{\"token_type\":\"Bearer\"}", issued.replace("token\",", "t\u00f6ken\","),
				TestA55.tokenResponse("x".repeat(20_000)), issued.replace("Bearer", "mac"))) {
			server.stubFor(WireMock.any(WireMock.anyUrl()).willReturn(WireMock.okJson(body)));
			failToCall();
		}
		server.stubFor(WireMock.any(WireMock.anyUrl())
			.willReturn(WireMock.okJson(issued.replace("3600", "5")).withFixedDelay(5000)));
		failToCall();
		server.stubFor(WireMock.any(WireMock.anyUrl())
			.willReturn(WireMock.aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
		failToCall();
		server.stubFor(WireMock.any(WireMock.anyUrl()).willReturn(WireMock.ok().withFixedDelay(5000)));
		failToCall("--a55.token.timeout=20ms");
		failToReadTheSecret();
		TestA55.stub(server, "token");
		useWrongly();
		stall();
		loseConnections();
		failToRenew(output);
		failToClose();
		output.toString()
			.lines()
			.filter((line) -> line.contains("AccessTokenCache ") || line.contains("HttpConnectors "))
			.forEach(this.messages::add);
		List<String> told = rows("## When it fails").flatMap((row) -> code(row.get(0)).stream()).toList();
		assertThat(told).hasSizeGreaterThan(20);
		assertThat(told)
			.allSatisfy((message) -> assertThat(this.messages).anyMatch((given) -> matches(message, given)));
		assertThat(this.messages)
			.allSatisfy((given) -> assertThat(told).anyMatch((message) -> matches(message, given)));
	}

	@Test
	void thePortugueseTablesTellOfTheSame() {
		for (String heading : List.of("## What it guarantees=## O que o starter garante",
				"## What it does to your application=## Impacto na sua aplicação", "## Properties=## Propriedades")) {
			int equals = heading.indexOf('=');
			assertThat(names("README.pt-BR.md", heading.substring(equals + 1)))
				.isEqualTo(names("README.md", heading.substring(0, equals)));
		}
	}

	private static List<String> names(String file, String heading) {
		return rows(file, heading).flatMap((row) -> Stream.of(row.get(0), row.get(row.size() - 1)))
			.flatMap((cell) -> code(cell).stream())
			.filter((name) -> name.matches("a55\\..*|[A-Z]\\w+Tests(\\..*)?|[a-z-]+"))
			.toList();
	}

	private static boolean matches(String told, String given) {
		String pattern = Arrays.stream(told.replace("10000 ms", "…").split("…", -1))
			.map(Pattern::quote)
			.collect(Collectors.joining(".*"));
		return Pattern.compile(pattern, Pattern.DOTALL).matcher(given).find();
	}

	private void failToStart(CapturedOutput output, String... args) {
		failToStart(NeedsWebClient.class, output, args);
	}

	private void failToStartThatWhichNeeds(Class<?> type, CapturedOutput output) {
		failToStart((type == RestClient.class) ? NeedsRestClient.class : NeedsManager.class, output,
				"--a55.client-id=test", "--a55.client-secret=test");
	}

	private void failToStart(Class<?> application, CapturedOutput output, String... args) {
		int length = output.length();
		assertThat(catchThrowable(() -> run(application, args).close())).isNotNull();
		String text = output.toString().substring(length);
		assertThat(text).contains("Description:", "Action:");
		this.messages.add(text.substring(text.indexOf("Description:"), text.indexOf("Action:")));
	}

	private void failToCall(String... args) {
		List<String> all = new ArrayList<>(args(args));
		try (ConfigurableApplicationContext context = run(NeedsWebClient.class, all.toArray(String[]::new))) {
			this.messages.add(messageOf(() -> call(context)));
		}
	}

	private void failToReadTheSecret() {
		try (ConfigurableApplicationContext context = run(NeedsWebClient.class, args().toArray(String[]::new))) {
			AccessTokenCache cache = new AccessTokenCache(
					AccessTokenRequest.create(context.getBean("a55ClientRegistration", ClientRegistration.class),
							Mono.never(), WebClient::create, Duration.ofMillis(20)),
					0.75);
			OAuth2AuthorizeRequest request = OAuth2AuthorizeRequest.withClientRegistrationId("a55")
				.principal("test")
				.build();
			this.messages.add(messageOf(() -> new CachedOAuth2AuthorizedClientManager(cache).authorize(request)));
			cache.destroy();
		}
	}

	private void failToClose() {
		new HttpConnectors((settings) -> new ConnectorThatCannotBeClosed(), HttpClientSettings.defaults()).destroy();
	}

	private void useWrongly() {
		ConfigurableApplicationContext context = run(NeedsWebClient.class,
				args("--a55.rest-client.enabled=true").toArray(String[]::new));
		RestClient restClient = context.getBean(RestClient.class);
		this.messages
			.add(messageOf(() -> Mono.fromRunnable(() -> restClient.get().uri("x").retrieve().toBodilessEntity())
				.subscribeOn(Schedulers.parallel())
				.block()));
		OAuth2AuthorizedClientManager manager = context.getBean("a55AuthorizedClientManager",
				OAuth2AuthorizedClientManager.class);
		WebClient client = context.getBean(WebClient.class);
		this.messages.add(messageOf(() -> manager
			.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("other").principal("test").build())));
		this.messages.add(messageOf(() -> Mono
			.fromRunnable(() -> manager
				.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("a55").principal("test").build()))
			.subscribeOn(Schedulers.parallel())
			.block()));
		this.messages
			.add(messageOf(() -> client.get().uri("https://example.com/").retrieve().toBodilessEntity().block()));
		TestPropertyValues.of("a55.client-secret=").applyTo(context);
		this.messages.add(messageOf(() -> call(context)));
		context.close();
		this.messages.add(messageOf(() -> client.get().uri("x").retrieve().toBodilessEntity().block()));
	}

	private void stall() throws IOException {
		HttpConnectors connectors = new HttpConnectors(ClientHttpConnectorBuilder.jdk(),
				HttpClientSettings.defaults().withReadTimeout(Duration.ofSeconds(1)));
		WebClient client = WebClient.builder().clientConnector(connectors.connector()).build();
		try (StallingServer api = new StallingServer(StallingServer.BEGINNING_OF_BODY)) {
			this.messages.add(messageOf(
					() -> client.get().uri(api.url() + "stalled").retrieve().bodyToMono(String.class).block()));
		}
	}

	private void loseConnections() {
		ExchangeFunction breakingOff = (request) -> Mono
			.just(ClientResponse.create(HttpStatus.OK).body(Flux.error(new EOFException())).build());
		this.messages.add(messageOf(() -> {
			try (ClientHttpResponse response = TestExchange.requestFactory(breakingOff)
				.createRequest(URI.create("/x"), HttpMethod.GET)
				.execute()) {
				response.getBody().read();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex.getMessage(), ex);
			}
		}));
		ExchangeFunction askingAgain = (request) -> write(request).then(Mono.defer(() -> write(request)))
			.then(Mono.empty());
		try (ConfigurableApplicationContext context = run(NeedsWebClient.class, args().toArray(String[]::new))) {
			WebClient client = context.getBean(WebClient.class).mutate().exchangeFunction(askingAgain).build();
			this.messages.add(messageOf(() -> client.post()
				.uri("x")
				.body(Flux.just("a", "b".repeat(256 * 1024)), String.class)
				.retrieve()
				.toBodilessEntity()
				.block()));
		}
	}

	private static Mono<Void> write(ClientRequest request) {
		return request.writeTo(new MockClientHttpRequest(request.method(), request.url()),
				ExchangeStrategies.withDefaults());
	}

	private void failToRenew(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run(NeedsWebClient.class,
				args("--a55.token.refresh-after=0.1").toArray(String[]::new))) {
			server.stubFor(WireMock.post(TestA55.TOKEN_PATH)
				.willReturn(WireMock.okJson(TestA55.tokenResponse("token").replace("3600", "5"))));
			call(context);
			server.stubFor(WireMock.post(TestA55.TOKEN_PATH).willReturn(WireMock.serviceUnavailable()));
			Awaitility.await().until(() -> {
				call(context);
				return output.toString().contains("cannot be renewed and remains in use");
			});
			TestA55.stub(server, "token");
			Awaitility.await().until(() -> {
				call(context);
				return output.toString().contains("issues access tokens again");
			});
		}
	}

	private static List<String> args(String... more) {
		List<String> args = new ArrayList<>(List.of("--a55.client-id=test", "--a55.base-url=" + server.url("/api/v1/"),
				"--a55.token-uri=" + server.url(TestA55.TOKEN_PATH), "--a55.client-secret=test"));
		args.addAll(List.of(more));
		return args;
	}

	private static ConfigurableApplicationContext run(Class<?> application, String... args) {
		SpringApplication springApplication = new SpringApplicationBuilder(application).web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off")
			.build();
		return springApplication.run(args);
	}

	private static void call(ConfigurableApplicationContext context) {
		context.getBean(WebClient.class).get().uri("x").retrieve().toBodilessEntity().block();
	}

	private static String messageOf(Runnable action) {
		return Objects.requireNonNull(catchThrowable(action::run).getMessage());
	}

	private static Stream<List<String>> rows(String heading) {
		return rows("README.md", heading);
	}

	private static Stream<List<String>> rows(String file, String heading) {
		String readme = read(ROOT.resolve(file));
		int start = readme.indexOf("\n" + heading + "\n") + 1;
		int end = readme.indexOf("\n## ", start);
		return readme.substring(start, end)
			.lines()
			.filter((line) -> line.startsWith("| ") && !line.startsWith("| ---"))
			.map((line) -> CELL_END.splitAsStream(line.substring(1)).map(String::strip).toList());
	}

	private static List<String> code(String cell) {
		return CODE.matcher(cell).results().map((code) -> code.group(1)).toList();
	}

	private static String readme() {
		return read(ROOT.resolve("README.md"));
	}

	private static String read(Path path) {
		try {
			return Files.readString(path);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Path findSource(String name) {
		try (Stream<Path> files = Files.walk(ROOT.resolve("a55-spring-boot-autoconfigure/src/test"))) {
			return files.filter((file) -> file.endsWith(name)).findFirst().orElseThrow();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String squeeze(String source) {
		return source.replaceAll("\\s+", "");
	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsWebClient {

		@Bean
		String user(WebClient a55WebClient) {
			return a55WebClient.toString();
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsRestClient {

		@Bean
		String user(RestClient a55RestClient) {
			return a55RestClient.toString();
		}

	}

	private static final class ConnectorThatCannotBeClosed implements ClientHttpConnector, Closeable {

		@Override
		public Mono<org.springframework.http.client.reactive.ClientHttpResponse> connect(HttpMethod method, URI uri,
				Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
			return Mono.never();
		}

		@Override
		public void close() throws IOException {
			throw new IOException("Not now");
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = ReactiveInterface.class)
	static class NeedsReactiveInterface {

	}

	interface ReactiveInterface {

		@GetExchange("x")
		Mono<String> get();

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class HasPlainTokenUri {

		@Bean
		ClientRegistration a55ClientRegistration() {
			return ClientRegistration.withRegistrationId("own")
				.clientId("own")
				.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
				.tokenUri("http://auth.example/token")
				.build();
		}

	}

	@EnableAutoConfiguration
	@Configuration(proxyBeanMethods = false)
	static class NeedsManager {

		@Bean
		String user(OAuth2AuthorizedClientManager manager) {
			return manager.toString();
		}

	}

}
