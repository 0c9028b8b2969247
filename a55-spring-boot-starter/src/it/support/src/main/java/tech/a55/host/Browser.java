package tech.a55.host;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/**
 * Somebody who uses the web application on the given port. Keeps cookies, but no
 * connection: on one that was used again after a login, a request to a reactive host was
 * now and then not answered, and why is not known.
 */
public final class Browser {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final CookieManager cookies = new CookieManager();

	private final int port;

	private final boolean following;

	private Browser(int port, boolean following) {
		this.port = port;
		this.following = following;
	}

	public static Browser following(int port) {
		return new Browser(port, true);
	}

	public static Browser notFollowing(int port) {
		return new Browser(port, false);
	}

	public HttpResponse<String> get(String path, String... headers) {
		return exchange(request(path).GET(), headers);
	}

	public HttpResponse<String> post(String path, String... headers) {
		return exchange(request(path).POST(HttpRequest.BodyPublishers.noBody()), headers);
	}

	public HttpResponse<String> get(URI uri) {
		return exchange(HttpRequest.newBuilder(uri));
	}

	private HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.port + path));
	}

	private HttpResponse<String> exchange(HttpRequest.Builder request, String... headers) {
		request.setHeader("Accept", "text/html,text/plain");
		for (int i = 0; i < headers.length; i += 2) {
			request.setHeader(headers[i], headers[i + 1]);
		}
		HttpClient client = HttpClient.newBuilder()
			.cookieHandler(this.cookies)
			.version(HttpClient.Version.HTTP_1_1)
			.build();
		try {
			HttpResponse<String> response = client.send(request.timeout(TIMEOUT).build(),
					HttpResponse.BodyHandlers.ofString());
			if (this.following && response.statusCode() / 100 == 3) {
				return get(response.uri().resolve(response.headers().firstValue("Location").orElseThrow()));
			}
			return response;
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	public static String[] basic(String user, String password) {
		return new String[] { "Authorization", "Basic "
				+ Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8)) };
	}

}
