package tech.a55.spring.boot.connector;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

import org.jspecify.annotations.Nullable;

/**
 * Responds to every {@code GET} and keeps its connection alive. When it has received a
 * whole {@code POST} it breaks off the connection, by a reset or by closing it.
 */
public final class BreakingServer extends SocketServer {

	private final List<String> requests = new CopyOnWriteArrayList<>();

	private final boolean resets;

	public BreakingServer(boolean resets) throws IOException {
		this.resets = resets;
	}

	public List<String> requests() {
		return List.copyOf(this.requests);
	}

	@Override
	public void serve(Socket connection, BufferedReader in) throws IOException {
		String place = " on new connection";
		for (String method = read(in); method != null; method = read(in)) {
			this.requests.add(method + place);
			place = " on kept-alive connection";
			if (method.equals("POST")) {
				connection.setSoLinger(this.resets, 0);
				return;
			}
			send(connection, OK);
		}
	}

	/**
	 * Read a whole request and return its method, or {@code null} if no more comes.
	 */
	private static @Nullable String read(BufferedReader in) throws IOException {
		String requestLine = in.readLine();
		int length = 0;
		boolean chunked = false;
		for (String line = requestLine; line != null && !line.isEmpty(); line = in.readLine()) {
			String header = line.toLowerCase(Locale.ROOT);
			if (header.startsWith("content-length:")) {
				length = Integer.parseInt(header.substring("content-length:".length()).trim());
			}
			chunked |= header.equals("transfer-encoding: chunked");
		}
		for (int i = 0; i < length; i++) {
			in.read();
		}
		for (String line = chunked ? in.readLine() : null; line != null && !line.equals("0"); line = in.readLine()) {
			// Of a chunk
		}
		return (requestLine != null) ? requestLine.substring(0, requestLine.indexOf(' ')) : null;
	}

}
