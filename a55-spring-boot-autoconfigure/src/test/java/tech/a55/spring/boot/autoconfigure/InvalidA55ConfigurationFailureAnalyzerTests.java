package tech.a55.spring.boot.autoconfigure;

import java.io.FileNotFoundException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.apache.commons.logging.LogFactory;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.AnnotationAwareOrderComparator;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.core.io.support.SpringFactoriesLoader.FailureHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link InvalidA55ConfigurationFailureAnalyzer} and for what
 * {@link PropertyChecks} accepts, through the binding of {@link A55Properties}.
 */
@ExtendWith(OutputCaptureExtension.class)
class InvalidA55ConfigurationFailureAnalyzerTests {

	private static final String HIDDEN = "hidden-value";

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(TestA55.AUTO_CONFIGURATIONS);

	/**
	 * An invalid value fails to bind, so most tests need nothing but the properties.
	 */
	private final ApplicationContextRunner bindingRunner = new ApplicationContextRunner()
		.withUserConfiguration(Binding.class);

	@ParameterizedTest
	@ValueSource(strings = { "", "a55.client-id=", "a55.client-id=\t " })
	void secretWithoutClientIdIsReported(String clientId) {
		FailureAnalysis analysis = analyzeBindingFailure("a55.client-secret=" + HIDDEN, clientId);
		assertThat(analysis.getDescription()).isEqualTo(
				"The configuration property 'a55.client-id' is " + (clientId.isEmpty() ? "not set" : "blank") + ".");
		assertThat(analysis.getAction()).contains("'a55.client-id'", "'a55.client-secret'", "A55_CLIENT_ID",
				"A55_CLIENT_SECRET", "or neither");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "a55.client-secret=", "a55.client-secret=\t " })
	void clientIdWithoutSecretIsReported(String clientSecret) {
		FailureAnalysis analysis = analyzeBindingFailure("a55.client-id=" + TestA55.CLIENT_ID, clientSecret);
		assertThat(analysis.getDescription()).isEqualTo("The configuration property 'a55.client-secret' is "
				+ (clientSecret.isEmpty() ? "not set" : "blank") + ".");
		assertThat(analysis.getAction()).contains("'a55.client-id'", "'a55.client-secret'", "A55_CLIENT_ID",
				"A55_CLIENT_SECRET", "or neither");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.client-id", "a55.client-secret" })
	void placeholderThatCannotBeResolvedIsReported(String property) {
		FailureAnalysis analysis = analyzeBindingFailureWithCredentials(property + "=${gone}");
		assertThat(analysis.getDescription())
			.isEqualTo("The configuration property '" + property + "' holds a placeholder that cannot be resolved.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.client-id", "a55.client-secret" })
	void whatStandsAroundACredentialIsReported(String property) {
		FailureAnalysis analysis = analyzeFailure(this.bindingRunner.withPropertyValues(TestA55.CREDENTIALS)
			.withInitializer(set(property, HIDDEN + "\n")));
		assertThat(analysis.getDescription())
			.isEqualTo("The configuration property '" + property + "' ends with a line break (U+000A).");
		assertThat(analysis.getAction()).contains("Remove that character", "quotation marks", "'echo'");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			''                                        | is not an absolute https URL
			/hidden-value/                            | is not an absolute https URL
			hidden-value.example/api                  | is not an absolute https URL
			//hidden-value.example/api                | is not an absolute https URL
			ftp://hidden-value.example/               | is not an absolute https URL
			https://                                  | is not a valid URL
			https://hidden-value .example/            | is not a valid URL
			https://hidden-value.example/{path}       | is not a valid URL
			https:hidden-value.example                | has no valid host
			https:///hidden-value                     | has no valid host
			https://hidden-value_.example/            | has no valid host
			https://user:hidden-value@core.example/   | holds user-info
			https://hidden-value@core.example/        | holds user-info
			http://user:hidden-value@localhost/       | holds user-info
			http://hidden-value.example/              | uses plain http for a host that is not loopback
			http://localhost.hidden-value.example/    | uses plain http for a host that is not loopback
			http://127.0.0.1.hidden-value.example/    | uses plain http for a host that is not loopback
			http://0.0.0.0/hidden-value               | uses plain http for a host that is not loopback
			http://128.0.0.1/hidden-value             | uses plain http for a host that is not loopback
			http://[::2]/hidden-value                 | uses plain http for a host that is not loopback
			https://core.example/?key=hidden-value    | has a query or a fragment
			https://core.example/?                    | has a query or a fragment
			https://core.example/#hidden-value        | has a query or a fragment
			https://hidden-value.example:0/           | has a port that is not between 1 and 65535
			https://hidden-value.example:65536/       | has a port that is not between 1 and 65535
			https://hidden-value.example:99999999999/ | has no valid host
			https://core.example/hidden-value%20b     | has a percent sign in its path
			https://core.example/a%2Fhidden-value/    | has a percent sign in its path
			https://a.example/,https://hidden-value/  | holds more than one URL, separated by a comma
			https://a.example/, HTTP://hidden-value/  | holds more than one URL, separated by a comma
			""")
	void urlThatIsNotSecureIsReported(String url, String problem) {
		for (String property : new String[] { "a55.base-url", "a55.token-uri" }) {
			FailureAnalysis analysis = analyzeBindingFailureWithCredentials(property + "=" + url);
			assertThat(analysis.getDescription())
				.isEqualTo("The configuration property '" + property + "' " + problem + ".");
			assertThat(analysis.getAction()).contains("https://", "localhost, 127.0.0.0/8 and [::1]");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.connect-timeout", "a55.read-timeout", "a55.token.timeout", "a55.retry.max-wait" })
	void durationThatIsNotPositiveIsReported(String property) {
		for (String value : new String[] { "0", "0s", "-1ms" }) {
			FailureAnalysis analysis = analyzeBindingFailureWithCredentials(property + "=" + value);
			assertThat(analysis.getDescription())
				.isEqualTo("The configuration property '" + property + "' is not positive.");
			assertThat(analysis.getAction()).isEqualTo("Use a duration such as 10s.");
		}
	}

	@ParameterizedTest
	@CsvSource({ "1ns, is shorter than a millisecond", "25h, is longer than a day",
			"9223372036854775807s, is longer than a day" })
	void durationThatNoTimerCanWaitForIsReported(String value, String problem) {
		for (String property : new String[] { "a55.connect-timeout", "a55.read-timeout", "a55.token.timeout",
				"a55.retry.max-wait" }) {
			assertThat(analyzeBindingFailureWithCredentials(property + "=" + value).getDescription())
				.isEqualTo("The configuration property '" + property + "' " + problem + ".");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "-0.75", "0", "0.099", "0.951", "75", "NaN" })
	void partOfTheLifeOutOfBoundsIsReported(String value) {
		FailureAnalysis analysis = analyzeBindingFailureWithCredentials("a55.token.refresh-after=" + value);
		assertThat(analysis.getDescription())
			.isEqualTo("The configuration property 'a55.token.refresh-after' is not between 0.1 and 0.95.");
		assertThat(analysis.getAction()).isEqualTo("Use a number such as 0.75.");
	}

	@Test
	void blankNameOfTheTokensCacheIsReported() {
		FailureAnalysis analysis = analyzeBindingFailureWithCredentials("a55.token.cache=");
		assertThat(analysis.getDescription()).isEqualTo("The configuration property 'a55.token.cache' is blank.");
		assertThat(analysis.getAction()).contains("name of a cache", "or remove it");
	}

	@Test
	void cacheOfTheTokenWithoutACacheManagerIsReported() {
		FailureAnalysis analysis = analyzeFailureWithCredentials("a55.token.cache=tokens");
		assertThat(analysis.getDescription()).isEqualTo(
				"The configuration property 'a55.token.cache' names a cache, but the application has no CacheManager.");
		assertThat(analysis.getAction()).contains("'spring-boot-starter-cache'", "'@EnableCaching'");
	}

	@Test
	void cacheOfTheTokenThatDoesNotExistIsReported() {
		FailureAnalysis analysis = analyzeFailure(
				this.contextRunner.withUserConfiguration(MisconfiguredApplications.HasOtherCache.class)
					.withPropertyValues(TestA55.CREDENTIALS)
					.withPropertyValues("a55.token.cache=tokens"));
		assertThat(analysis.getDescription())
			.isEqualTo("The configuration property 'a55.token.cache' names a cache that "
					+ "the CacheManager of the application does not have.");
		assertThat(analysis.getAction()).contains("'spring.cache.cache-names'");
	}

	@Test
	void cacheOfTheTokenWithSeveralCacheManagersIsReported() {
		FailureAnalysis analysis = analyzeFailure(
				this.contextRunner.withUserConfiguration(MisconfiguredApplications.HasTwoCacheManagers.class)
					.withPropertyValues(TestA55.CREDENTIALS)
					.withPropertyValues("a55.token.cache=other"));
		assertThat(analysis.getDescription()).contains("several CacheManager beans and none of them is primary");
		assertThat(analysis.getAction()).contains("'@Primary'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "-1" })
	void fewerThanOneAttemptIsReported(String value) {
		FailureAnalysis analysis = analyzeBindingFailureWithCredentials("a55.retry.max-attempts=" + value);
		assertThat(analysis.getDescription())
			.isEqualTo("The configuration property 'a55.retry.max-attempts' is less than 1.");
		assertThat(analysis.getAction()).isEqualTo("Use a number from 1.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.ssl.bundle", "spring.http.clients.ssl.bundle",
			"spring.http.serviceclient.a55.ssl.bundle" })
	void sslBundleThatDoesNotExistIsReported(String property) {
		FailureAnalysis analysis = analyzeFailureWithCredentials(property + "=" + HIDDEN);
		assertThat(analysis.getDescription())
			.isEqualTo("The configuration property '" + property + "' names an SSL bundle that does not exist.");
		assertThat(analysis.getAction()).contains("'spring.ssl.bundle'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.ssl.bundle", "spring.http.clients.ssl.bundle",
			"spring.http.serviceclient.a55.ssl.bundle" })
	void sslBundleWithoutItsFileIsReported(String property) {
		FailureAnalysis analysis = analyzeFailureWithCredentials(property + "=broken",
				"spring.ssl.bundle.pem.broken.truststore.certificate=file:/no/such.pem");
		assertThat(analysis.getDescription()).startsWith("The configuration property '" + property + "' ")
			.contains("/no/such.pem");
		assertThat(analysis.getAction()).contains("'spring.ssl.bundle'");
		assertThat(analysis.getCause()).hasRootCauseInstanceOf(FileNotFoundException.class);
	}

	@ParameterizedTest
	@ValueSource(strings = { "connect-timeout", "read-timeout" })
	void durationOfTheGroupThatIsNotPositiveIsReported(String name) {
		String property = "spring.http.serviceclient.a55." + name;
		assertThat(analyzeFailureWithCredentials(property + "=0").getDescription())
			.isEqualTo("The configuration property '" + property + "' is not positive.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "api/read api/write", "api/read,a\"b", "caf\u00e9" })
	void scopeThatIsNoneIsReported(String scopes) {
		FailureAnalysis analysis = analyzeBindingFailureWithCredentials("a55.scopes=" + scopes);
		assertThat(analysis.getDescription()).startsWith("The configuration property 'a55.scopes' holds a scope with");
		assertThat(analysis.getAction()).contains("commas");
	}

	@Test
	void reactiveInterfaceOfARestClientIsReported() {
		FailureAnalysis analysis = analyzeFailure(this.contextRunner.withUserConfiguration(ReactiveInterface.class)
			.withPropertyValues(TestA55.CREDENTIALS));
		assertThat(analysis.getDescription()).contains("'pay'", Payments.class.getName(), "returns a Mono",
				"RestClient");
		assertThat(analysis.getAction()).contains("clientType = ClientType.WEB_CLIENT");
	}

	@Test
	void tokenUriOfAnOwnRegistrationThatIsNotSecureIsReported() {
		FailureAnalysis analysis = analyzeFailure(this.contextRunner.withPropertyValues(TestA55.CREDENTIALS)
			.withBean("a55ClientRegistration", ClientRegistration.class,
					() -> ClientRegistration.withRegistrationId("own")
						.clientId("own")
						.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
						.tokenUri("http://auth.example/token")
						.build()));
		assertThat(analysis.getDescription()).isEqualTo(
				"The token URI of the bean 'a55ClientRegistration' uses plain http for a host that is not loopback.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a55.base-url=https://core.example", "a55.base-url=HTTPS://core.example:8443/a/b/",
			"a55.base-url=http://localhost:8080", "a55.base-url=http://LOCALHOST/", "a55.base-url=http://127.0.0.1/",
			"a55.base-url=http://127.1.2.3:1/", "a55.base-url=http://[::1]:8080/api",
			"a55.token-uri=https://auth.example/oauth2/token", "a55.token-uri=http://localhost:8080/token",
			"a55.token-uri=http://127.0.0.1/", "a55.base-url=https://core.example:65535/a,b;c=d/~e'(f)/",
			"a55.token-uri=https://auth.example:1/token", "a55.token-uri=http://127.1.2.3/",
			"a55.token-uri=http://[::1]/token", "a55.connect-timeout=1ms", "a55.read-timeout=5m",
			"a55.token.timeout=1s", "a55.token.refresh-after=0.1", "a55.token.refresh-after=0.95", "a55.scopes=",
			"a55.scopes=read,write", "a55.retry.max-attempts=1", "a55.retry.max-wait=1ms", "a55.redirects=follow" })
	void usableValueIsAccepted(String property) {
		this.contextRunner.withPropertyValues(TestA55.CREDENTIALS)
			.withPropertyValues(property)
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(A55Properties.class));
	}

	@ParameterizedTest
	@CsvSource({ "a55.client-id,--a55.client-secret=hidden-value,--a55.enabled=true",
			"a55.client-secret,--a55.client-id=test,--a55.client-secret=",
			"a55.base-url,--a55.client-id=test --a55.client-secret=hidden-value,"
					+ "--a55.base-url=https://user:hidden-value@localhost/" })
	void applicationThatDoesNotStartNamesThePropertyAndNoValue(String property, String args, String arg,
			CapturedOutput output) {
		String[] all = ("--spring.main.web-application-type=none --spring.main.banner-mode=off " + args + " " + arg)
			.split(" ", -1);
		assertThatExceptionOfType(Exception.class)
			.isThrownBy(() -> SpringApplication.run(Application.class, all).close());
		assertThat(output)
			.contains("APPLICATION FAILED TO START", "The configuration property '" + property + "' ", "Action:")
			.doesNotContain(HIDDEN);
	}

	@Test
	void otherFailureIsNotAnalyzed() {
		assertThat(new InvalidA55ConfigurationFailureAnalyzer().analyze(new IllegalStateException("other"))).isNull();
	}

	/**
	 * Set a property past the parser of the runner, which trims values.
	 */
	private static ApplicationContextInitializer<ConfigurableApplicationContext> set(String property, String value) {
		return (context) -> context.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("exact", Map.of(property, value)));
	}

	private FailureAnalysis analyzeBindingFailureWithCredentials(String property) {
		return analyzeBindingFailure("a55.client-id=" + TestA55.CLIENT_ID, "a55.client-secret=" + HIDDEN, property);
	}

	private FailureAnalysis analyzeBindingFailure(String... properties) {
		return analyzeFailure(this.bindingRunner.withPropertyValues(properties));
	}

	private FailureAnalysis analyzeFailureWithCredentials(String... properties) {
		return analyzeFailure(this.contextRunner.withUserConfiguration(BlockingInterface.class)
			.withPropertyValues("a55.client-id=" + TestA55.CLIENT_ID, "a55.client-secret=" + HIDDEN)
			.withPropertyValues(properties));
	}

	private static FailureAnalysis analyzeFailure(ApplicationContextRunner contextRunner) {
		FailureAnalysis[] analysis = new FailureAnalysis[1];
		contextRunner.run((context) -> {
			Throwable failure = Objects.requireNonNull(context.getStartupFailure());
			assertThat(Throwables.getStackTrace(failure)).doesNotContain(HIDDEN);
			analysis[0] = analyze(failure);
		});
		assertThat(analysis[0].getDescription()).doesNotContain(HIDDEN);
		assertThat(analysis[0].getAction()).doesNotContain(HIDDEN);
		return analysis[0];
	}

	/**
	 * Return the first analysis that Boot would find if ours came last on the class path.
	 */
	private static FailureAnalysis analyze(Throwable failure) {
		ArgumentResolver arguments = ArgumentResolver.of(BeanFactory.class, new DefaultListableBeanFactory())
			.and(Environment.class, new StandardEnvironment());
		List<FailureAnalyzer> analyzers = new ArrayList<>(SpringFactoriesLoader.forDefaultResourceLocation()
			.load(FailureAnalyzer.class, arguments, FailureHandler.logging(LogFactory.getLog(FailureAnalyzer.class))));
		Collections.reverse(analyzers);
		AnnotationAwareOrderComparator.sort(analyzers);
		return analyzers.stream()
			.map((analyzer) -> analyzer.analyze(failure))
			.filter(Objects::nonNull)
			.findFirst()
			.orElseThrow();
	}

	interface Wallets {

		@GetExchange("wallet")
		String get();

	}

	interface Payments {

		@PostExchange("charge")
		Mono<String> pay();

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(A55Properties.class)
	static class Binding {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class)
	static class BlockingInterface {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Payments.class)
	static class ReactiveInterface {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
