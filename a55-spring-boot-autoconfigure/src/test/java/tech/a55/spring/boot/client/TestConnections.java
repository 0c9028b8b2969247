package tech.a55.spring.boot.client;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;

import reactor.netty.resources.ConnectionPoolMetrics;
import reactor.netty.resources.ConnectionProvider;

/**
 * A pool of connections that tells how many are in use. No call waits for a connection
 * for so short a time that a busy machine exceeds it.
 */
final class TestConnections implements AutoCloseable {

	private final Map<String, ConnectionPoolMetrics> pools = new ConcurrentHashMap<>();

	private final ConnectionProvider provider;

	TestConnections(int maxConnections) {
		this.provider = ConnectionProvider.builder("test")
			.maxConnections(maxConnections)
			.pendingAcquireMaxCount(-1)
			.pendingAcquireTimeout(Duration.ofHours(1))
			.metrics(true, () -> (name, id, remoteAddress, metrics) -> this.pools.put(id, metrics))
			.build();
	}

	ConnectionProvider provider() {
		return this.provider;
	}

	int acquired() {
		return sum(ConnectionPoolMetrics::acquiredSize);
	}

	int allocated() {
		return sum(ConnectionPoolMetrics::allocatedSize);
	}

	/**
	 * Return how many calls wait for a connection.
	 */
	int pending() {
		return sum(ConnectionPoolMetrics::pendingAcquireSize);
	}

	private int sum(ToIntFunction<ConnectionPoolMetrics> size) {
		return this.pools.values().stream().mapToInt(size).sum();
	}

	@Override
	public void close() {
		this.provider.dispose();
	}

}
