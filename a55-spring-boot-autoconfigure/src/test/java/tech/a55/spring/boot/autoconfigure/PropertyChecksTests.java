package tech.a55.spring.boot.autoconfigure;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link PropertyChecks}. {@link InvalidA55ConfigurationFailureAnalyzerTests}
 * has those that need the failure analysis.
 */
class PropertyChecksTests {

	private static final String HIDDEN = "hidden-value";

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	@ParameterizedTest
	@CsvSource({ "a line break, 000A 000D", "white space, 0009 0020 00A0 2007 2028 202F 3000",
			"an invisible character, 0000 0085 00AD 200B 200E 2060 FEFF",
			"a quotation mark," + "0022 0027 0060 00AB 00B4 00BB 2018 2019 201A 201B 201C 201D 201E 201F 2039 203A" })
	void characterAroundACredentialIsRefusedAndTheValueIsNotShown(String kind, String codePoints) {
		assertThat(codePoints.split(" ")).allSatisfy((codePoint) -> {
			String character = Character.toString(Integer.parseInt(codePoint, 16));
			assertRefused(character + HIDDEN, "begins with " + kind + " (U+" + codePoint + ")");
			assertRefused(HIDDEN + character, "ends with " + kind + " (U+" + codePoint + ")");
			assertRefused(character + HIDDEN + character, "begins with " + kind + " (U+" + codePoint + ")");
		});
	}

	private static void assertRefused(String value, String problem) {
		assertThatExceptionOfType(InvalidA55ConfigurationException.class)
			.isThrownBy(() -> PropertyChecks.requireCredential("a55.client-secret", value))
			.withMessage("The configuration property 'a55.client-secret' " + problem + ".")
			.satisfies((failure) -> assertThat(failure.getAction()).doesNotContain(HIDDEN));
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "a", "\ud83d\ude00", TestA55.CLIENT_SECRET, "a \"b'\u00a0\u201c\tc", "(a)", "-a-", "_a_", "=" })
	void credentialWithAnyOtherCharacterAtItsEndsIsAccepted(String value) {
		assertThat(PropertyChecks.requireCredential("a55.client-secret", value)).isEqualTo(value);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/a,b;c=d/~e'(f)/", "/-._~!$&'()*+,;=:@/" })
	void pathThatIsAcceptedArrivesAsItIsWritten(String path) {
		server.stubFor(WireMock.any(WireMock.anyUrl()).willReturn(WireMock.ok("ok")));
		server.stubFor(WireMock.post(WireMock.anyUrl()).willReturn(WireMock.okJson(TestA55.tokenResponse("token"))));
		TestA55.contextRunner(server)
			.withPropertyValues("a55.base-url=" + server.baseUrl() + path, "a55.rest-client.enabled=true",
					"a55.token-uri=" + server.baseUrl() + path + "token")
			.run((context) -> {
				context.getBean(WebClient.class).get().uri("web").retrieve().toBodilessEntity().block();
				context.getBean(RestClient.class).get().uri("rest").retrieve().toBodilessEntity();
			});
		assertThat(server.getAllServeEvents()).extracting((event) -> event.getRequest().getUrl())
			.containsExactlyInAnyOrder(path + "token", path + "web", path + "rest");
	}

}
