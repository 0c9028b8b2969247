package tech.a55.spring.boot.autoconfigure;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.lang.Contract;

/**
 * Checks property values. No message shows the value of an {@code a55} property, because
 * the value may be a secret that was set under the wrong key.
 */
final class PropertyChecks {

	private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]",
			Pattern.CASE_INSENSITIVE);

	private static final Pattern SCOPE = Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E]+");

	/**
	 * Those that Unicode does not list as initial or final quotation marks.
	 */
	private static final String QUOTATION_MARKS = "\"'`\u00b4\u201a\u201e";

	private static final Pattern SECOND_URL = Pattern.compile(",\\s*https?:", Pattern.CASE_INSENSITIVE);

	private static final int MAX_PORT = 65_535;

	private static final Duration SHORTEST = Duration.ofMillis(1);

	private static final Duration LONGEST = Duration.ofDays(1);

	private PropertyChecks() {
	}

	static InvalidA55ConfigurationException invalid(String property, String problem, String action) {
		return new InvalidA55ConfigurationException("The configuration property '" + property + "' " + problem + ".",
				action);
	}

	static String requireCredential(String property, @Nullable String value) {
		if (value == null || value.isBlank()) {
			throw invalid(property, (value != null) ? "is blank" : "is not set",
					credentialsAction(property.substring(0, property.lastIndexOf('.') + 1)));
		}
		if (value.contains("${")) {
			throw invalid(property, "holds a placeholder that cannot be resolved",
					"Set what the placeholder refers to, or put the value that A55 issued in its place.");
		}
		requireNothingAround(property, "begins", value.codePointAt(0));
		requireNothingAround(property, "ends", value.codePointBefore(value.length()));
		return value;
	}

	private static String credentialsAction(String prefix) {
		String variable = prefix.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
		return "Set both '%1$sclient-id' and '%1$sclient-secret' (%2$sCLIENT_ID and %2$sCLIENT_SECRET in the environment) "
			.formatted(prefix, variable) + "to what A55 issued, or neither"
				+ (prefix.equals("a55.") ? " to disable the A55 starter." : " and nothing else of the account.");
	}

	/**
	 * A character at an end that A55 did not issue would only lead to a refusal of the
	 * credentials. It is shown, because it is no part of the value.
	 */
	private static void requireNothingAround(String property, String where, int character) {
		String kind = findKindToRemove(character);
		if (kind != null) {
			throw invalid(property, "%s with %s (U+%04X)".formatted(where, kind, character),
					"Remove that character, so that the value is exactly what A55 issued. Env files of containers keep "
							+ "quotation marks, and 'echo' without '-n' adds a line break to a Kubernetes secret.");
		}
	}

	private static @Nullable String findKindToRemove(int character) {
		if (character == '\n' || character == '\r') {
			return "a line break";
		}
		if (Character.isWhitespace(character) || Character.isSpaceChar(character)) {
			return "white space";
		}
		if (Character.isISOControl(character) || Character.getType(character) == Character.FORMAT) {
			return "an invisible character";
		}
		boolean quotationMark = QUOTATION_MARKS.indexOf(character) != -1
				|| Character.getType(character) == Character.INITIAL_QUOTE_PUNCTUATION
				|| Character.getType(character) == Character.FINAL_QUOTE_PUNCTUATION;
		return quotationMark ? "a quotation mark" : null;
	}

	static URI requireSecureUrl(String property, String value) {
		return requireSecureUrlOf("configuration property '" + property + "'", value);
	}

	static URI requireSecureUrlOf(String source, String value) {
		String problem = findUrlProblem(value);
		if (problem != null) {
			throw new InvalidA55ConfigurationException("The " + source + " " + problem + ".",
					"Use one absolute URL such as https://host/path. Plain http is accepted for localhost, 127.0.0.0/8 "
							+ "and [::1] only.");
		}
		return URI.create(value);
	}

	private static @Nullable String findUrlProblem(String value) {
		if (SECOND_URL.matcher(value).find()) {
			return "holds more than one URL, separated by a comma";
		}
		URI uri;
		try {
			uri = new URI(value);
		}
		catch (URISyntaxException ex) {
			return "is not a valid URL";
		}
		String problem = findOriginProblem(uri);
		return (problem != null) ? problem : findPathProblem(uri);
	}

	private static @Nullable String findOriginProblem(URI uri) {
		boolean https = "https".equalsIgnoreCase(uri.getScheme());
		if (!https && !"http".equalsIgnoreCase(uri.getScheme())) {
			return "is not an absolute https URL";
		}
		if (uri.getRawUserInfo() != null) {
			return "holds user-info";
		}
		if (uri.getHost() == null) {
			return "has no valid host";
		}
		if (!https && !LOOPBACK.matcher(uri.getHost()).matches()) {
			return "uses plain http for a host that is not loopback";
		}
		if (uri.getPort() == 0 || uri.getPort() > MAX_PORT) {
			return "has a port that is not between 1 and 65535";
		}
		return null;
	}

	/**
	 * A percent sign is refused, because clients encode URLs, and would encode it again.
	 */
	private static @Nullable String findPathProblem(URI uri) {
		if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
			return "has a query or a fragment";
		}
		if (uri.getRawPath().indexOf('%') != -1) {
			return "has a percent sign in its path";
		}
		return null;
	}

	@Contract("_, !null -> !null")
	static @Nullable Duration requirePositive(String property, @Nullable Duration value) {
		if (value != null && value.compareTo(SHORTEST) < 0) {
			throw invalid(property,
					(value.isZero() || value.isNegative()) ? "is not positive" : "is shorter than a millisecond",
					"Use a duration such as 10s.");
		}
		if (value != null && value.compareTo(LONGEST) > 0) {
			throw invalid(property, "is longer than a day", "Use a duration such as 10s.");
		}
		return value;
	}

	/**
	 * Require scope tokens
	 * (<a href="https://www.rfc-editor.org/rfc/rfc6749#section-3.3">RFC 6749, section
	 * 3.3</a>).
	 */
	static List<String> requireScopes(String property, List<String> scopes) {
		if (!scopes.stream().allMatch(SCOPE.asMatchPredicate())) {
			throw invalid(property, "holds a scope with a space, or another character that a scope cannot have",
					"Separate scopes by commas.");
		}
		return List.copyOf(scopes);
	}

	@Contract("_, !null -> !null")
	static @Nullable String requireCacheName(String property, @Nullable String value) {
		if (value != null && value.isBlank()) {
			throw invalid(property, "is blank",
					"Set it to the name of a cache that the instances of the application have "
							+ "in common, or remove it to share no access token.");
		}
		return value;
	}

	static int requireAtLeastOne(String property, int value) {
		if (value < 1) {
			throw invalid(property, "is less than 1", "Use a number from 1.");
		}
		return value;
	}

	static double requireBetween(String property, double value, double least, double most) {
		if (!(value >= least && value <= most)) {
			throw invalid(property, "is not between " + least + " and " + most, "Use a number such as 0.75.");
		}
		return value;
	}

}
