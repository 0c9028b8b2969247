package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checks what the documents say of properties, tests and test applications.
 * {@link ReadmeMessagesTests} checks the messages.
 */
class ReadmeTests {

	private static final Path TESTS = Document.ROOT.resolve("a55-spring-boot-autoconfigure/src/test");

	private static final Path HOSTS = Document.ROOT.resolve("a55-spring-boot-starter/src/it");

	private static final Document PORTUGUESE = new Document("README.pt-BR.md");

	private static final Document TOKEN = new Document("docs/token.md");

	@Test
	void namesAllPropertiesAndNoOther() throws IOException {
		try (InputStream metadata = new ClassPathResource("META-INF/spring-configuration-metadata.json")
			.getInputStream()) {
			List<String> known = JsonMapper.shared()
				.readTree(metadata)
				.path("properties")
				.valueStream()
				.map((property) -> property.path("name").asString())
				.toList();
			assertThat(Document.README.codeInColumn("## Properties", 0)).containsExactlyInAnyOrderElementsOf(known);
		}
	}

	@Test
	void eachGuaranteeIsHeldByATestThatExists() {
		assertThat(Document.README.codeInColumn("## What it guarantees", 1)).hasSizeGreaterThan(20)
			.allSatisfy(ReadmeTests::assertThatTestExists);
	}

	@Test
	void eachRowOfTheTokensTableIsHeldByATestThatExists() {
		List<List<String>> rows = TOKEN.rows("## What is checked");
		assertThat(rows).hasSizeGreaterThan(20)
			.allSatisfy((row) -> assertThat(Document.code(row.get(3))).isNotEmpty()
				.allSatisfy(ReadmeTests::assertThatTestExists));
	}

	@Test
	void eachRowThatATestNamesIsInTheTokensTable() throws IOException {
		List<String> rows = TOKEN.rows("## What is checked").stream().map((row) -> row.get(0)).toList();
		try (Stream<Path> files = Files.walk(TESTS)) {
			List<String> named = files.filter((file) -> file.toString().endsWith("Tests.java"))
				.flatMap((file) -> Pattern.compile("\"Row (\\d+)").matcher(Document.read(file)).results())
				.map((row) -> row.group(1))
				.toList();
			assertThat(named).hasSizeGreaterThan(20).isSubsetOf(rows);
		}
	}

	private static void assertThatTestExists(String test) {
		int dot = test.indexOf('.');
		String source = Document.read(findSource(((dot != -1) ? test.substring(0, dot) : test) + ".java"));
		assertThat(source).containsPattern(
				(dot != -1) ? "void " + test.substring(dot + 1) + "\\(" : "@\\w*(Test|Benchmark)\\n|void main\\(");
	}

	private static Path findSource(String name) {
		try (Stream<Path> files = Files.walk(TESTS)) {
			return files.filter((file) -> file.endsWith(name)).findFirst().orElseThrow();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void showsTheNewestReleaseOrBeforeTheFirstOneTheVersionOfTheBuild() {
		String revision = find("pom.xml", "<revision>(.+)</revision>").findFirst().orElseThrow();
		assertThat(find("a55-spring-boot-starter/src/it/pom.xml", "<starter.version>(.+)</starter.version>"))
			.containsExactly(revision);
		String released = find("CHANGELOG.md", "\n## \\[(\\d.*)] - \\d{4}-\\d{2}-\\d{2}\n").findFirst()
			.orElse(revision);
		assertThat(List.of("README.md", "README.pt-BR.md")).allSatisfy((readme) -> assertThat(
				find(readme, "a55-spring-boot-starter(?:</artifactId>\\s*<version>|:)(\\d[^<']*)"))
			.isNotEmpty()
			.containsOnly(released));
	}

	private static Stream<String> find(String path, String pattern) {
		return Pattern.compile(pattern).matcher(new Document(path).text()).results().map((match) -> match.group(1));
	}

	@Test
	void eachHostExists() {
		String modules = Document.read(HOSTS.resolve("pom.xml"));
		List<String> hosts = Document.README.rows("## What it does to your application").stream().flatMap((row) -> {
			Stream<String> names = Document.code(row.get(2));
			return row.get(1).contains("as before") ? names.flatMap((host) -> Stream.of(host, host + "-without"))
					: names;
		}).toList();
		assertThat(hosts).hasSizeGreaterThan(10)
			.contains("servlet-security-without")
			.allSatisfy((host) -> assertThat(modules).contains("<module>" + host + "</module>"))
			.allSatisfy((host) -> assertThat(HOSTS.resolve(host + "/pom.xml")).exists());
	}

	@Test
	void theClassesThatItShowsAreThoseOfAHost() {
		String readme = squeeze(Document.README.text());
		for (String file : List.of("main/java/tech/a55/host/Wallets.java",
				"test/java/tech/a55/host/WalletsTests.java")) {
			String source = Document.read(HOSTS.resolve("testing/src").resolve(file));
			assertThat(readme).contains(squeeze(source.substring(source.indexOf("\nimport"))));
		}
	}

	private static String squeeze(String source) {
		return source.replaceAll("\\s+", "");
	}

	@ParameterizedTest
	@CsvSource({ "What it guarantees, O que o starter garante",
			"What it does to your application, Impacto na sua aplicação", "Properties, Propriedades" })
	void thePortugueseTablesNameTheSame(String english, String portuguese) {
		assertThat(names(PORTUGUESE, "## " + portuguese)).isNotEmpty()
			.isEqualTo(names(Document.README, "## " + english));
	}

	@ParameterizedTest
	@CsvSource({ "### Watch it, ### Monitoramento", "## When it fails, ## Quando algo falha" })
	void thePortugueseTablesListTheSame(String english, String portuguese) {
		assertThat(PORTUGUESE.codeInColumn(portuguese, 0)).isNotEmpty()
			.isEqualTo(Document.README.codeInColumn(english, 0));
	}

	private static List<String> names(Document document, String heading) {
		return document.rows(heading)
			.stream()
			.flatMap((row) -> Stream.of(row.get(0), row.get(row.size() - 1)))
			.flatMap(Document::code)
			.filter((name) -> name.matches("a55\\..*|[A-Z]\\w+Tests(\\..*)?|[a-z-]+"))
			.toList();
	}

}
