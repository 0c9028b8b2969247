package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

/**
 * Tests for the metadata that an editor shows for {@code a55.*} keys.
 */
class ConfigurationMetadataTests {

	private final Map<String, JsonNode> properties = readProperties();

	@Test
	void holdsTheKeysOfTheContractAndNoOther() {
		assertThat(this.properties).containsOnlyKeys("management.health.a55.enabled", "a55.enabled", "a55.client-id",
				"a55.client-secret", "a55.clients", "a55.base-url", "a55.token-uri", "a55.scopes",
				"a55.connect-timeout", "a55.read-timeout", "a55.ssl.bundle", "a55.redirects", "a55.token.timeout",
				"a55.token.refresh-after", "a55.token.cache", "a55.retry.enabled", "a55.retry.max-attempts",
				"a55.retry.max-wait", "a55.rest-client.enabled");
	}

	@Test
	void eachKeyHasATypeAndADescription() {
		assertThat(this.properties.values()).allSatisfy((property) -> {
			assertThat(property.path("type").asString()).isNotEmpty();
			assertThat(property.path("description").asString()).endsWith(".")
				.doesNotContainPattern("^(?i)(a|an|the|this) ")
				.doesNotContain("{@");
		});
		assertThat(this.properties.values()).filteredOn((property) -> type(property).equals("java.lang.Boolean"))
			.hasSize(4)
			.allSatisfy((property) -> assertThat(property.path("description").asString()).startsWith("Whether "));
		assertThat(this.properties.values()).filteredOn((property) -> type(property).startsWith("java.util.List"))
			.hasSize(1)
			.allSatisfy((property) -> assertThat(property.path("description").asString())
				.startsWith("Comma-separated list of "));
	}

	@Test
	void accountsHaveANameAndTheirOwnKeys() {
		JsonNode clients = Objects.requireNonNull(this.properties.get("a55.clients"));
		assertThat(type(clients))
			.isEqualTo("java.util.Map<java.lang.String," + A55ClientProperties.class.getName() + ">");
		assertThat(A55ClientProperties.class.getRecordComponents()).extracting(RecordComponent::getName)
			.map((component) -> component.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT))
			.allSatisfy((key) -> assertThat(clients.path("description").asString()).contains(key));
	}

	@Test
	void defaultsAreThoseOfTheContract() {
		assertThat(this.properties.values()
			.stream()
			.filter((property) -> property.path("defaultValue").isValueNode())
			.collect(Collectors.toMap(ConfigurationMetadataTests::name,
					(property) -> property.path("defaultValue").asString())))
			.containsOnly(entry("management.health.a55.enabled", "true"), entry("a55.enabled", "true"),
					entry("a55.base-url", "https://core-manager.a55.tech/api/v1/"),
					entry("a55.token-uri", "https://smart-capital.auth.us-east-1.amazoncognito.com/oauth2/token"),
					entry("a55.token.timeout", "10s"), entry("a55.token.refresh-after", "0.75"),
					entry("a55.retry.enabled", "true"), entry("a55.retry.max-attempts", "3"),
					entry("a55.retry.max-wait", "10s"), entry("a55.rest-client.enabled", "false"));
	}

	@Test
	void suggestsTheHostsThatA55Documents() {
		assertThat(values("a55.base-url")).containsExactly("https://core-manager.a55.tech/api/v1/",
				"https://api.a55.tech/api/v1/", "https://sandbox.api.a55.tech/api/v1/");
		assertThat(values("a55.token-uri")).containsExactly(
				"https://smart-capital.auth.us-east-1.amazoncognito.com/oauth2/token",
				"https://auth.a55.tech/oauth2/token", "https://auth.sandbox.a55.tech/oauth2/token");
	}

	/**
	 * Without a provider, an editor flags each value but those suggested.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "a55.base-url", "a55.token-uri" })
	void otherHostsAreAsGoodAsThoseSuggested(String name) {
		assertThat(hint(name).path("providers").valueStream()).extracting(ConfigurationMetadataTests::name)
			.containsExactly("any");
	}

	private static List<String> values(String name) {
		return hint(name).path("values").valueStream().map((value) -> value.path("value").asString()).toList();
	}

	private static JsonNode hint(String name) {
		return readMetadata().path("hints")
			.valueStream()
			.filter((hint) -> name.equals(name(hint)))
			.findFirst()
			.orElseThrow();
	}

	private static Map<String, JsonNode> readProperties() {
		return readMetadata().path("properties")
			.valueStream()
			.collect(Collectors.toMap(ConfigurationMetadataTests::name, Function.identity()));
	}

	private static JsonNode readMetadata() {
		try (InputStream json = new ClassPathResource("META-INF/spring-configuration-metadata.json").getInputStream()) {
			return JsonMapper.shared().readTree(json);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String type(JsonNode property) {
		return property.path("type").asString();
	}

	private static String name(JsonNode property) {
		return property.path("name").asString();
	}

}
