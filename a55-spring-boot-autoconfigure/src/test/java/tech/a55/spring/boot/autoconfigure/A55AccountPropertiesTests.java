package tech.a55.spring.boot.autoconfigure;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tech.a55.spring.boot.A55Clients;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link A55AccountProperties}.
 */
@ExtendWith(OutputCaptureExtension.class)
class A55AccountPropertiesTests {

	private static final String SHOP = "a55.clients.shop.";

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(TestA55.AUTO_CONFIGURATIONS);

	private final ApplicationContextRunner shopRunner = this.contextRunner.withPropertyValues(TestA55.account("shop"));

	@ParameterizedTest
	@ValueSource(strings = { "shop", "Shop", "my-shop", "shop2", "2", "a-b-c", "XY" })
	void namesHaveLettersDigitsAndSingleHyphens(String name) {
		this.contextRunner.withPropertyValues(TestA55.account(name))
			.run((context) -> assertThat(context.getBean(A55Clients.class).names()).containsExactly(name));
	}

	@ParameterizedTest
	@ValueSource(strings = { "my_shop", "[my shop]", "my--shop", "shop-", "[my/shop]", "my.shop", "[caf\u00e9]" })
	void otherNamesStopTheStart(String name) {
		this.contextRunner.withPropertyValues(TestA55.account(name))
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidA55ConfigurationException.class)
				.hasMessageStartingWith("The configuration property 'a55.clients' has an account '")
				.hasMessageEndingWith("', and that name does not consist of letters, digits and single hyphens."));
	}

	@ParameterizedTest
	@ValueSource(strings = { "default", "Default" })
	void nameOfTheDefaultAccountIsReserved(String name) {
		this.contextRunner.withPropertyValues(TestA55.CREDENTIALS)
			.withPropertyValues(TestA55.account(name))
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessage("The configuration property 'a55.clients' has an account '" + name
						+ "', and that name is reserved for the account of 'a55.client-id'."));
	}

	@ParameterizedTest
	@CsvSource(delimiter = ';', value = { "client-secret=; client-secret' is blank.",
			"client-id=${gone}; client-id' holds a placeholder that cannot be resolved.",
			"client-secret=secret\u00a0; client-secret' ends with white space (U+00A0).",
			"base-url=http://example.com/; base-url' uses plain http for a host that is not loopback.",
			"token-uri=http://example.com/; token-uri' uses plain http for a host that is not loopback.",
			"base-url=api; base-url' is not an absolute https URL.",
			"scopes=one two; scopes' holds a scope with a space, or another character that a scope cannot have.",
			"scopes[0]=one two; scopes' holds a scope with a space, or another character that a scope cannot have." })
	void invalidValueStopsTheStart(String property, String problem) {
		this.shopRunner.withPropertyValues(SHOP + property)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidA55ConfigurationException.class)
				.hasMessage("The configuration property '" + SHOP + problem));
	}

	@ParameterizedTest
	@CsvSource({ "client-id, client-secret", "client-secret, client-id", "base-url, client-id", "typo, client-id" })
	void accountWithoutBothCredentialsStopsTheStart(String set, String missing) {
		this.contextRunner.withPropertyValues(TestA55.CREDENTIALS)
			.withPropertyValues(SHOP + set + "=https://example.com/")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessage("The configuration property '" + SHOP + missing + "' is not set.")
				.extracting((ex) -> ((InvalidA55ConfigurationException) ex).getAction())
				.isEqualTo("Set both 'a55.clients.shop.client-id' and 'a55.clients.shop.client-secret' "
						+ "(A55_CLIENTS_SHOP_CLIENT_ID and A55_CLIENTS_SHOP_CLIENT_SECRET in the environment) to what "
						+ "A55 issued, or neither and nothing else of the account."));
	}

	@ParameterizedTest
	@ValueSource(strings = { "A55_CLIENTS_MY_SHOP_CLIENTID", "A55_CLIENTS_SHOP_CLIENTID", "A55_CLIENTS_SHOP_TYPO" })
	void variablesThatMakeNoAccountStopTheStart(String variable) {
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
						new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
								Map.of(variable, "id"))))
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageEndingWith("' is not set."));
	}

	@Test
	void nothingIsCheckedWhereTheStarterIsDisabled() {
		this.contextRunner
			.withPropertyValues("a55.enabled=false", SHOP + "client-id=", "a55.clients.my_shop.client-id=x")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(A55Clients.class));
	}

	@Test
	void placeholdersAreResolved() {
		this.contextRunner
			.withPropertyValues("my.id=id", "my.url=https://example.com/", SHOP + "client-id=${my.id}",
					SHOP + "client-secret=${my.id}", SHOP + "base-url=${my.url}api")
			.run((context) -> {
				A55ClientProperties shop = context.getBean(A55AccountProperties.class).get("shop");
				assertThat(shop.clientId()).isEqualTo("id");
				assertThat(shop.baseUrl()).isEqualTo("https://example.com/api");
				assertThat(shop.clientSecret()).isNull();
			});
	}

	@Test
	void sourceThatComesFirstOverridesTheOthers() {
		this.shopRunner.withPropertyValues(SHOP + "base-url=https://one.example/")
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("first", Map.of("a55.clients.shop.baseUrl", "https://two.example/"))))
			.run((context) -> assertThat(context.getBean(A55AccountProperties.class).get("shop").baseUrl())
				.isEqualTo("https://two.example/"));
	}

	@Test
	void sourceThatListsNoKeysMayHoldTheSecret() {
		this.contextRunner.withPropertyValues(SHOP + "client-id=id")
			.withInitializer((context) -> context.getEnvironment().getPropertySources().addFirst(new Vault()))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void accountsMayShareAClientId(CapturedOutput output) {
		LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
		String logger = A55AccountProperties.class.getName();
		logging.setLogLevel(logger, LogLevel.DEBUG);
		try {
			this.shopRunner.withPropertyValues(TestA55.account("market"))
				.withPropertyValues("a55.client-id=shop-client", "a55.client-secret=test")
				.run((context) -> assertThat(context.getBean(A55Clients.class).names()).containsExactly("default",
						"market", "shop"));
		}
		finally {
			logging.setLogLevel(logger, null);
		}
		assertThat(output)
			.containsOnlyOnce("The A55 accounts 'default' and 'shop' have one client ID, and share its rate limit")
			.doesNotContain("'market'");
	}

	private static final class Vault extends PropertySource<Object> {

		Vault() {
			super("vault", new Object());
		}

		@Override
		public @Nullable Object getProperty(String name) {
			return name.equals("a55.clients.shop.client-secret") ? "of-the-vault" : null;
		}

	}

}
