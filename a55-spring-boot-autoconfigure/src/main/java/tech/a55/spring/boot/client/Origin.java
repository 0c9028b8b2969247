package tech.a55.spring.boot.client;

import java.net.URI;

import org.jspecify.annotations.Nullable;
import tech.a55.spring.boot.token.AccessTokenCache;

import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2ErrorCodes;
import org.springframework.util.StringUtils;

/**
 * Scheme, host and port of a URI
 * (<a href="https://www.rfc-editor.org/rfc/rfc6454#section-4">RFC 6454, section 4</a>).
 */
final class Origin {

	private final @Nullable String scheme;

	private final @Nullable String host;

	private final int port;

	private final String path;

	private Origin(URI uri) {
		this.scheme = uri.getScheme();
		this.host = uri.getHost();
		this.port = port(uri);
		this.path = StringUtils.trimTrailingCharacter(String.valueOf(uri.getRawPath()), '/');
	}

	static Origin of(URI uri) {
		return new Origin(uri);
	}

	/**
	 * Whether a request to the given URI stays within this origin. A URI with user-info
	 * does not, because text before an {@code @} is a common way to disguise another
	 * host.
	 */
	boolean contains(URI uri) {
		return this.port == port(uri) && this.host != null && this.host.equalsIgnoreCase(uri.getHost())
				&& this.scheme != null && this.scheme.equalsIgnoreCase(uri.getScheme()) && uri.getRawUserInfo() == null;
	}

	/**
	 * Throw an exception, which names the account of the given token, if the URI has
	 * another origin. Also throw one if its path contains the path of the base URL twice.
	 * That happens with the full paths in A55's documentation, and the API would only
	 * respond that the path is unknown.
	 */
	void require(URI uri, AccessTokenCache accessTokens) {
		if (!contains(uri)) {
			throw new ClientAuthorizationException(new OAuth2Error(OAuth2ErrorCodes.INVALID_REQUEST),
					accessTokens.registration().getRegistrationId(), "The A55 client sends requests to " + this
							+ " only (" + property(accessTokens) + "), not to " + of(uri));
		}
		if (!this.path.isEmpty() && uri.getRawPath().startsWith(this.path + this.path + "/")) {
			throw new IllegalArgumentException("The path " + uri.getRawPath() + " has the path of "
					+ property(accessTokens) + " twice. " + "Paths begin below " + this.path + "/");
		}
	}

	private static String property(AccessTokenCache accessTokens) {
		return accessTokens.account().property("base-url");
	}

	private static int port(URI uri) {
		if (uri.getPort() != -1) {
			return uri.getPort();
		}
		return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
	}

	@Override
	public String toString() {
		return this.scheme + "://" + this.host + ":" + this.port;
	}

}
