package tech.a55.spring.boot.connector;

import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

import com.github.tomakehurst.wiremock.http.trafficlistener.WiremockNetworkTrafficListener;

/**
 * Counts the connections to a server.
 */
public final class OpenConnections implements WiremockNetworkTrafficListener {

	private final AtomicInteger opened = new AtomicInteger();

	private final AtomicInteger open = new AtomicInteger();

	public int opened() {
		return this.opened.get();
	}

	public int open() {
		return this.open.get();
	}

	@Override
	public void opened(Socket socket) {
		this.opened.incrementAndGet();
		this.open.incrementAndGet();
	}

	@Override
	public void incoming(Socket socket, ByteBuffer bytes) {
	}

	@Override
	public void outgoing(Socket socket, ByteBuffer bytes) {
	}

	@Override
	public void closed(Socket socket) {
		this.open.decrementAndGet();
	}

}
