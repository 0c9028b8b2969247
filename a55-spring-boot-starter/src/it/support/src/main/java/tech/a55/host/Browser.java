package tech.a55.host;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Somebody who uses the web application on the given port. Keeps cookies.
 */
public final class Browser {

	private final HttpClient client;

	private final int port;

	private Browser(int port, HttpClient.Redirect redirect) {
		this.client = HttpClient.newBuilder()
			.cookieHandler(new CookieManager())
			.followRedirects(redirect)
			.version(HttpClient.Version.HTTP_1_1)
			.build();
		this.port = port;
	}

	public static Browser following(int port) {
		return new Browser(port, HttpClient.Redirect.ALWAYS);
	}

	public static Browser notFollowing(int port) {
		return new Browser(port, HttpClient.Redirect.NEVER);
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
		try {
			return this.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
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
