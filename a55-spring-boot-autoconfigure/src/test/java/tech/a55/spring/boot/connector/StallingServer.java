package tech.a55.spring.boot.connector;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers a request for {@code /stalled} with a beginning and no more, and any other with
 * "ok".
 */
public final class StallingServer extends SocketServer {

	public static final String BEGINNING_OF_BODY = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc";

	public static final String BEGINNING_OF_ERROR = BEGINNING_OF_BODY.replace("200 OK", "400 Bad Request");

	private final AtomicInteger stalled = new AtomicInteger();

	private final AtomicInteger stalling = new AtomicInteger();

	private final String beginning;

	public StallingServer(String beginning) throws IOException {
		this.beginning = beginning;
	}

	/**
	 * Return how many requests have ever been left without the end of their answer.
	 */
	public int stalled() {
		return this.stalled.get();
	}

	/**
	 * Return how many connections are open that wait for the end of an answer.
	 */
	public int stalling() {
		return this.stalling.get();
	}

	@Override
	public void serve(Socket connection, BufferedReader in) throws IOException {
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			boolean stalls = line.contains(" /stalled ");
			while (!line.isEmpty()) {
				line = in.readLine();
			}
			send(connection, stalls ? this.beginning : OK);
			if (stalls) {
				stall(in);
			}
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

}
