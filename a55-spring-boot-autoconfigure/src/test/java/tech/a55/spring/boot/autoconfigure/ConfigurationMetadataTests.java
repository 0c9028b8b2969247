package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
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
				"a55.client-secret", "a55.base-url", "a55.token-uri", "a55.scopes", "a55.connect-timeout",
				"a55.read-timeout", "a55.ssl.bundle", "a55.token.timeout", "a55.token.refresh-after");
	}

	@Test
	void eachKeyHasATypeAndADescription() {
		assertThat(this.properties.values()).allSatisfy((property) -> {
			assertThat(property.path("type").asString()).isNotEmpty();
			assertThat(property.path("description").asString()).endsWith(".")
				.doesNotContainPattern("^(?i)(a|an|the|this) ")
				.doesNotContain("{@");
		});
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
					entry("a55.token.timeout", "10s"), entry("a55.token.refresh-after", "0.75"));
	}

	private static Map<String, JsonNode> readProperties() {
		try (InputStream json = new ClassPathResource("META-INF/spring-configuration-metadata.json").getInputStream()) {
			return JsonMapper.shared()
				.readTree(json)
				.path("properties")
				.valueStream()
				.collect(Collectors.toMap(ConfigurationMetadataTests::name, Function.identity()));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String name(JsonNode property) {
		return property.path("name").asString();
	}

}
