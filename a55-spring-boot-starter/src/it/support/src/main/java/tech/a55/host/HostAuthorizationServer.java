package tech.a55.host;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The authorization server of the host, which has nothing to do with A55. It logs
 * everybody in as alice and issues and knows the one token "host-token".
 */
public final class HostAuthorizationServer implements AutoCloseable {

	private static final Pattern PARAMETER = Pattern.compile("(redirect_uri|state)=([^&]+)");

	private final LoopbackServer server = new LoopbackServer();

	public HostAuthorizationServer() {
		this.server.handle("/authorize", (exchange) -> {
			exchange.getResponseHeaders().add("Location", callback(exchange.getRequestURI().getRawQuery()));
			LoopbackServer.answer(exchange, 302, "text/plain", "");
		});
		this.server.handle("/token", (exchange) -> LoopbackServer.answer(exchange, 200, "application/json",
				"{\"access_token\":\"host-token\",\"expires_in\":3600,\"token_type\":\"Bearer\"}"));
		this.server.handle("/userinfo",
				(exchange) -> LoopbackServer.answer(exchange, 200, "application/json", "{\"sub\":\"alice\"}"));
		this.server.handle("/introspect", (exchange) -> {
			String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
			LoopbackServer.answer(exchange, 200, "application/json",
					"{\"active\":" + form.contains("token=host-token") + ",\"sub\":\"alice\"}");
		});
	}

	private static String callback(String query) {
		String redirectUri = "";
		String state = "";
		for (Matcher matcher = PARAMETER.matcher(query); matcher.find();) {
			if (matcher.group(1).equals("state")) {
				state = matcher.group(2);
			}
			else {
				redirectUri = URLDecoder.decode(matcher.group(2), StandardCharsets.UTF_8);
			}
		}
		return redirectUri + "?code=code&state=" + state;
	}

	/**
	 * Return the command line argument that tells the host where this server is.
	 */
	public String arg() {
		return "--host.authorization-server=" + url();
	}

	public String url() {
		return this.server.url("");
	}

	@Override
	public void close() {
		this.server.close();
	}

}
