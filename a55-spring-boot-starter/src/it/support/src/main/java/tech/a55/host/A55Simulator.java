package tech.a55.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import com.sun.net.httpserver.HttpExchange;

/**
 * The token endpoint and the API of A55. Issues token-1, token-2 and so on, and answers
 * calls that carry one of them with "ok".
 */
public final class A55Simulator implements AutoCloseable {

	private final List<String> tokenForms = new CopyOnWriteArrayList<>();

	private final List<String> calls = new CopyOnWriteArrayList<>();

	private final LoopbackServer server = new LoopbackServer();

	public A55Simulator() {
		this.server.handle("/oauth2/token", this::issueToken);
		this.server.handle("/api/v1/", this::answerCall);
	}

	private void issueToken(HttpExchange exchange) throws IOException {
		this.tokenForms.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
		LoopbackServer.answer(exchange, 200, "application/json", "{\"access_token\":\"token-" + this.tokenForms.size()
				+ "\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
	}

	private void answerCall(HttpExchange exchange) throws IOException {
		String authorization = String.valueOf(exchange.getRequestHeaders().get("Authorization"));
		this.calls.add(authorization);
		boolean authenticated = authorization.matches("\\[Bearer token-[0-9]+]");
		LoopbackServer.answer(exchange, authenticated ? 200 : 401, "text/plain", authenticated ? "ok" : "unauthorized");
	}

	/**
	 * Return command line arguments that let the A55 client of an application call here,
	 * and its web server, if it has one, listen to a free port. Those given replace ours.
	 */
	public String[] args(String... more) {
		List<String> args = new ArrayList<>(List.of("--server.port=0", "--a55.client-id=host",
				"--a55.client-secret=secret", "--a55.base-url=" + this.server.url("/api/v1/"),
				"--a55.token-uri=" + this.server.url("/oauth2/token")));
		for (String arg : more) {
			String key = arg.substring(0, arg.indexOf('=') + 1);
			args.removeIf((other) -> other.startsWith(key));
			args.add(arg);
		}
		return args.toArray(String[]::new);
	}

	/**
	 * Return how many tokens were asked for.
	 */
	public int tokenRequests() {
		return this.tokenForms.size();
	}

	/**
	 * Return the bodies of the requests for a token.
	 */
	public List<String> tokenForms() {
		return List.copyOf(this.tokenForms);
	}

	/**
	 * Return the {@code Authorization} headers of the calls, one list for each call.
	 */
	public List<String> calls() {
		return List.copyOf(this.calls);
	}

	@Override
	public void close() {
		this.server.close();
	}

}
