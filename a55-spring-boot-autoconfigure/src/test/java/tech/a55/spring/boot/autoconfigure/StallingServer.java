package tech.a55.spring.boot.autoconfigure;

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
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers a request for {@code /stalled} with a beginning and no more, and any other with
 * "ok".
 */
final class StallingServer implements Closeable {

	static final String BEGINNING_OF_BODY = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc";

	private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

	private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

	private final AtomicInteger stalled = new AtomicInteger();

	private final AtomicInteger stalling = new AtomicInteger();

	private final String beginning;

	StallingServer(String beginning) throws IOException {
		this.beginning = beginning;
		start(() -> {
			while (true) {
				Socket connection = this.server.accept();
				this.connections.add(connection);
				start(() -> serve(connection));
			}
		});
	}

	String url() {
		return "http://127.0.0.1:" + this.server.getLocalPort() + "/";
	}

	/**
	 * Return how many requests have ever been left without the end of their answer.
	 */
	int stalled() {
		return this.stalled.get();
	}

	/**
	 * Return how many connections are open that wait for the end of an answer.
	 */
	int stalling() {
		return this.stalling.get();
	}

	private void serve(Socket connection) throws IOException {
		try (connection) {
			BufferedReader in = new BufferedReader(
					new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
			for (String line = in.readLine(); line != null; line = in.readLine()) {
				boolean stalls = line.contains(" /stalled ");
				while (!line.isEmpty()) {
					line = in.readLine();
				}
				send(connection, stalls ? this.beginning : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
				if (stalls) {
					stall(in);
				}
			}
		}
		finally {
			this.connections.remove(connection);
		}
	}

	private void stall(BufferedReader in) throws IOException {
		this.stalling.incrementAndGet();
		this.stalled.incrementAndGet();
		try {
			while (in.read() != -1) {
				// The body of the request
			}
		}
		finally {
			this.stalling.decrementAndGet();
		}
	}

	private static void send(Socket connection, String bytes) throws IOException {
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
		}, "stalling-server");
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
