package tech.a55.spring.boot.connector;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Forwards connections to a server, and breaks those that it is told to break.
 */
final class FaultProxy implements Closeable {

	private static final long PAUSE_NANOS = 1_000_000;

	private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

	private final int target;

	private final Set<Link> links = ConcurrentHashMap.newKeySet();

	private final AtomicInteger accepted = new AtomicInteger();

	private final AtomicReference<Fault> fault = new AtomicReference<>(Fault.NONE);

	private final AtomicReference<Fault> nextFault = new AtomicReference<>(Fault.NONE);

	FaultProxy(int target) throws IOException {
		this.target = target;
		start(() -> {
			while (true) {
				Link link = new Link(this.server.accept());
				this.accepted.incrementAndGet();
				Fault once = Objects.requireNonNull(this.nextFault.getAndSet(Fault.NONE));
				link.fault = (once != Fault.NONE) ? once : Objects.requireNonNull(this.fault.get());
				this.links.add(link);
				start(link::forwardRequests);
			}
		});
	}

	String host() {
		return "localhost:" + this.server.getLocalPort();
	}

	/**
	 * Return how many connections have ever been made.
	 */
	int accepted() {
		return this.accepted.get();
	}

	/**
	 * Return how many connections are open.
	 */
	int open() {
		return this.links.size();
	}

	/**
	 * Break each new connection in the given way.
	 */
	void breakAll(Fault fault) {
		this.fault.set(fault);
	}

	/**
	 * Break the next new connection in the given way, and only that one.
	 */
	void breakNext(Fault fault) {
		this.nextFault.set(fault);
	}

	/**
	 * Forget the connections that are open, without a word to those who use them.
	 */
	void dropOpen() {
		this.links.forEach((link) -> link.fault = Fault.DROP);
	}

	void resetOpen() throws IOException {
		for (Link link : this.links) {
			link.reset();
		}
	}

	/**
	 * Accept no more connections, so that they are refused.
	 */
	void refuse() throws IOException {
		this.server.close();
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		for (Link link : this.links) {
			link.close();
		}
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

	enum Fault {

		/**
		 * Forward everything.
		 */
		NONE,

		/**
		 * Reset the connection when a request arrives, and forward nothing.
		 */
		RESET,

		/**
		 * Forward the request, and reset the connection when the response arrives.
		 */
		LOSE_RESPONSE,

		/**
		 * Accept everything, and forward nothing. A TLS handshake stalls.
		 */
		DROP,

		/**
		 * Forward the response byte by byte.
		 */
		SLOW

	}

	private final class Link {

		private final Socket client;

		private final Socket upstream = new Socket();

		private volatile Fault fault = Fault.NONE;

		Link(Socket client) {
			this.client = client;
		}

		void forwardRequests() throws IOException {
			try (this.client; this.upstream) {
				this.upstream.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), FaultProxy.this.target));
				start(this::forwardResponses);
				InputStream in = this.client.getInputStream();
				byte[] bytes = new byte[8192];
				for (int n = in.read(bytes); n != -1; n = in.read(bytes)) {
					if (this.fault == Fault.RESET) {
						reset();
					}
					else if (this.fault != Fault.DROP) {
						this.upstream.getOutputStream().write(bytes, 0, n);
					}
				}
			}
			finally {
				FaultProxy.this.links.remove(this);
			}
		}

		private void forwardResponses() throws IOException {
			InputStream in = this.upstream.getInputStream();
			byte[] bytes = new byte[8192];
			for (int n = in.read(bytes); n != -1; n = in.read(bytes)) {
				switch (this.fault) {
					case LOSE_RESPONSE -> reset();
					case SLOW -> forwardSlowly(bytes, n);
					case NONE -> this.client.getOutputStream().write(bytes, 0, n);
					case DROP, RESET -> {
					}
				}
			}
			if (this.fault != Fault.DROP) {
				close();
			}
		}

		private void forwardSlowly(byte[] bytes, int length) throws IOException {
			this.client.setTcpNoDelay(true);
			for (int i = 0; i < length; i++) {
				LockSupport.parkNanos(PAUSE_NANOS);
				this.client.getOutputStream().write(bytes[i]);
			}
		}

		private void reset() throws IOException {
			this.client.setSoLinger(true, 0);
			close();
		}

		private void close() throws IOException {
			this.client.close();
			this.upstream.close();
		}

	}

	private interface Action {

		void run() throws IOException;

	}

}
