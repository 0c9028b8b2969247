package tech.a55.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An application in a Java process of its own, on the class path of the test.
 */
public final class ApplicationProcess implements AutoCloseable {

	private static final long TIMEOUT_SECONDS = 60;

	private final StringBuilder output = new StringBuilder();

	private final Process process;

	private final BufferedReader reader;

	private final Thread watchdog;

	private ApplicationProcess(Process process) {
		this.process = process;
		this.reader = process.inputReader();
		this.watchdog = new Thread(this::endWhenLate, "watchdog");
		this.watchdog.setDaemon(true);
		this.watchdog.start();
	}

	private void endWhenLate() {
		try {
			if (!this.process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
				this.process.destroyForcibly();
			}
		}
		catch (InterruptedException ex) {
			this.process.destroyForcibly();
		}
	}

	/**
	 * Start the application.
	 * @param options the options of the virtual machine, the main class and its arguments
	 */
	public static ApplicationProcess start(List<String> options, String... args) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")));
		command.addAll(options);
		command.addAll(List.of(args));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
		builder.environment().keySet().removeIf((name) -> name.startsWith("A55_"));
		try {
			return new ApplicationProcess(builder.start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Read the output up to the first match, or to its end.
	 */
	public Matcher await(String regex) {
		Pattern pattern = Pattern.compile(regex);
		try {
			for (String line = this.reader.readLine(); line != null; line = this.reader.readLine()) {
				this.output.append(line).append('\n');
				Matcher matcher = pattern.matcher(line);
				if (matcher.find()) {
					return matcher;
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		throw new IllegalStateException("No \"" + regex + "\" in:\n" + this.output);
	}

	/**
	 * Wait for the end of the process.
	 * @return its exit code
	 */
	public int awaitExit() {
		this.reader.lines().forEach((line) -> this.output.append(line).append('\n'));
		return this.process.onExit().join().exitValue();
	}

	public String output() {
		return this.output.toString();
	}

	@Override
	public void close() {
		this.watchdog.interrupt();
		this.process.destroyForcibly().onExit().join();
	}

}
