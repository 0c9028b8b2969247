package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A document of this repository, with its tables.
 */
final class Document {

	static final Path ROOT = Path.of("..");

	static final Document README = new Document("README.md");

	private static final Pattern CELL_END = Pattern.compile("\\|");

	private static final Pattern CODE = Pattern.compile("`([^`]+)`");

	private final String text;

	Document(String path) {
		this.text = read(ROOT.resolve(path));
	}

	String text() {
		return this.text;
	}

	/**
	 * Return the cells of each row below the heading, without the header.
	 */
	List<List<String>> rows(String heading) {
		int start = this.text.indexOf("\n" + heading + "\n") + 1;
		int end = this.text.indexOf("\n## ", start);
		return this.text.substring(start, (end != -1) ? end : this.text.length())
			.lines()
			.filter((line) -> line.startsWith("| ") && !line.startsWith("| ---"))
			.skip(1)
			.map((line) -> CELL_END.splitAsStream(line.substring(1)).map(String::strip).toList())
			.toList();
	}

	/**
	 * Return what is marked as code in the given column of the table below the heading.
	 */
	List<String> codeInColumn(String heading, int column) {
		return rows(heading).stream().flatMap((row) -> code(row.get(column))).toList();
	}

	static Stream<String> code(String cell) {
		return CODE.matcher(cell).results().map((code) -> code.group(1));
	}

	static String read(Path path) {
		try {
			return Files.readString(path);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
