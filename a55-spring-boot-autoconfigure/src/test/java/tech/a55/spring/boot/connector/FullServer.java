package tech.a55.spring.boot.connector;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.condition.OS;

/**
 * Accepts no connection, and has as many waiting as the operating system lets it have.
 */
public final class FullServer implements Closeable {

	private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());

	private final boolean full;

	private final List<Socket> connections = new ArrayList<>();

	public FullServer() throws IOException {
		boolean full = false;
		while (!full && this.connections.size() < 20) {
			Socket connection = new Socket();
			this.connections.add(connection);
			try {
				connection.connect(this.server.getLocalSocketAddress(), 200);
			}
			catch (SocketTimeoutException ex) {
				full = true;
			}
		}
		this.full = full;
	}

	public String url() {
		Assumptions.assumeTrue(this.full || OS.LINUX.isCurrentOs(), "a server that is full leaves clients waiting");
		Assertions.assertThat(this.full).isTrue();
		return "http://127.0.0.1:" + this.server.getLocalPort() + "/";
	}

	@Override
	public void close() throws IOException {
		for (Socket connection : this.connections) {
			connection.close();
		}
		this.server.close();
	}

}
