package tech.a55.spring.boot.connector;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A server that does to its connections what no HTTP server would.
 */
public abstract class SocketServer implements Closeable {

	public static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

	private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

	private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

	public SocketServer() throws IOException {
		start(() -> {
			while (true) {
				Socket connection = this.server.accept();
				this.connections.add(connection);
				start(() -> serve(connection));
			}
		});
	}

	public String url() {
		return "http://127.0.0.1:" + this.server.getLocalPort() + "/";
	}

	public int connections() {
		return this.connections.size();
	}

	private void serve(Socket connection) throws IOException {
		try (connection) {
			serve(connection, new BufferedReader(
					new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1)));
		}
		finally {
			this.connections.remove(connection);
		}
	}

	/**
	 * Serve the requests of a connection, which is closed on return.
	 */
	public abstract void serve(Socket connection, BufferedReader in) throws IOException;

	public static void send(Socket connection, String bytes) throws IOException {
		connection.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
	}

	private static void start(Action action) {
		Thread thread = new Thread(() -> {
			try {
				action.run();
			}
			catch (IOException ex) {
				// Closed
			}
		}, "socket-server");
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		for (Socket connection : this.connections) {
			connection.close();
		}
	}

	private interface Action {

		void run() throws IOException;

	}

}
