package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import com.sun.source.util.JavacTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compiles the Java code that the documents show, with the imports that they show.
 */
class SnippetTests {

	/**
	 * Packages of which a snippet need not show the imports, because nobody takes another
	 * type of the same name.
	 */
	private static final String GUESSED_IMPORTS = Stream
		.of("java.util", "org.springframework.context.annotation", "org.springframework.http",
				"org.springframework.scheduling.annotation", "org.springframework.web.client",
				"org.springframework.web.reactive.function.client")
		.map((name) -> "import " + name + ".*;\n")
		.collect(Collectors.joining());

	/**
	 * What a snippet that is less than a class finds around it.
	 */
	private static final String SURROUNDINGS = """
			WebClient a55WebClient;
			RestClient a55RestClient;
			String email;
			UUID walletUuid;
			Object charge;
			Order order;
			interface Order {
				UUID idempotencyKey();
			}
			""";

	private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

	/**
	 * Shared, because each new one would open all jars of the class path.
	 */
	private static final JavaFileManager FILES = COMPILER.getStandardFileManager(null, null, null);

	private static final Pattern BLOCK = Pattern.compile("\n```(\\w+)\n(.*?)\n```", Pattern.DOTALL);

	private static final Pattern IMPORT = Pattern.compile("import (?:static )?[\\w.]+\\.(\\w+);\n+");

	private static final Pattern TYPE = Pattern.compile("^(?:class|interface|record) (\\w+)", Pattern.MULTILINE);

	private static final Pattern MEMBER = Pattern.compile("@|.*\\) \\{\n");

	@AfterAll
	static void close() throws IOException {
		FILES.close();
	}

	@ParameterizedTest
	@MethodSource("snippets")
	void compilesWithTheImportsThatItShows(Snippet snippet) throws IOException {
		assertThat(compile(snippet)).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("snippets")
	void showsNoImportThatItDoesNotUse(Snippet snippet) {
		assertThat(snippet.importedNames())
			.allSatisfy((name) -> assertThat(snippet.body()).containsPattern("\\b" + name + "\\b"));
	}

	@ParameterizedTest
	@CsvSource({ "README.md, README.pt-BR.md", "docs/from-spring-security.md, docs/from-spring-security.pt-BR.md" })
	void translationShowsTheSameCode(String document, String translation) {
		assertThat(code(translation)).isNotEmpty().isEqualTo(code(document));
	}

	private static List<String> code(String document) {
		return blocks(document).map((block) -> block.group(2).replaceAll(" // .*", "")).toList();
	}

	static Stream<Snippet> snippets() {
		return Stream.of("README.md", "docs/from-spring-security.md")
			.flatMap((document) -> blocks(document).filter((block) -> block.group(1).equals("java"))
				.map((block) -> Snippet.of(document, block.group(2))));
	}

	private static Stream<MatchResult> blocks(String document) {
		return BLOCK.matcher(new Document(document).text()).results();
	}

	/**
	 * Return what the compiler says, which is nothing if it has no objection. A snippet
	 * may use the types of others.
	 */
	private static String compile(Snippet snippet) throws IOException {
		StringWriter messages = new StringWriter();
		List<Source> sources = Stream.concat(Stream.of(snippet), snippets().filter(snippet::uses))
			.distinct()
			.map((compiled) -> new Source(compiled.source()))
			.toList();
		JavacTask task = (JavacTask) COMPILER.getTask(messages, FILES, null, List.of("-proc:none", "-Xlint:deprecation",
				"-Werror", "-classpath", System.getProperty("java.class.path")), null, sources);
		task.analyze();
		return messages.toString();
	}

	record Snippet(String document, String imports, String body) {

		static Snippet of(String document, String code) {
			int end = IMPORT.matcher(code).results().mapToInt(MatchResult::end).max().orElse(0);
			return new Snippet(document, code.substring(0, end), code.substring(end));
		}

		boolean isType() {
			return TYPE.matcher(this.body).find();
		}

		boolean uses(Snippet other) {
			return TYPE.matcher(other.body).results().anyMatch((type) -> this.body.contains(type.group(1)));
		}

		/**
		 * Return types as they are, and anything less in a class.
		 */
		String source() {
			if (isType()) {
				return this.imports + this.body;
			}
			String members = MEMBER.matcher(this.body).lookingAt() ? this.body : "void run() {\n" + this.body + "\n}";
			return this.imports + GUESSED_IMPORTS + "class Snippet {\n" + SURROUNDINGS + members + "\n}";
		}

		List<String> importedNames() {
			return IMPORT.matcher(this.imports).results().map((match) -> match.group(1)).toList();
		}

		@Override
		public String toString() {
			return this.document + ": " + this.body.lines().findFirst().orElse("");
		}

	}

	private static final class Source extends SimpleJavaFileObject {

		private final String source;

		Source(String source) {
			super(URI.create("string:///Snippet.java"), Kind.SOURCE);
			this.source = source;
		}

		@Override
		public CharSequence getCharContent(boolean ignoreEncodingErrors) {
			return this.source;
		}

	}

}
