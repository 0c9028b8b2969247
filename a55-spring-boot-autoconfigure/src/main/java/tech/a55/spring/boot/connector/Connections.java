package tech.a55.spring.boot.connector;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * What the connections of several libraries have in common.
 */
final class Connections {

	/**
	 * The longest time that a connection waits for its next request. Load balancers keep
	 * an idle connection for a minute or longer.
	 */
	static final Duration MAX_IDLE_TIME = Duration.ofSeconds(30);

	private static final int MAX_RESOLVERS = 10;

	private Connections() {
	}

	/**
	 * Return a scheduler for libraries that resolve names on the thread that calls them,
	 * which may be an event loop. It has threads of its own, because callers that block
	 * until they have the response may occupy all threads of Reactor. A name server that
	 * does not respond blocks these threads only, while the calls end by the timeout.
	 * @param closeables receives what ends the threads
	 */
	static Scheduler resolvers(Consumer<AutoCloseable> closeables) {
		CustomizableThreadFactory factory = new CustomizableThreadFactory("a55-connect-");
		factory.setDaemon(true);
		ThreadPoolExecutor threads = new ThreadPoolExecutor(MAX_RESOLVERS, MAX_RESOLVERS, 10, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(), factory);
		threads.allowCoreThreadTimeOut(true);
		closeables.accept(threads::shutdownNow);
		return Schedulers.fromExecutorService(threads);
	}

	/**
	 * Return the failure of a call that cannot even wait for a connection. It is no
	 * {@link IOException}, because a retry would only make the queue longer.
	 */
	static IllegalStateException poolIsFull(int maxConnections, Throwable ex) {
		return new IllegalStateException("The connection pool of the A55 client is full: all " + maxConnections
				+ " connections to the host are in use, and no more calls can wait for one (" + ex.getMessage()
				+ "). Set a larger pool with a ClientHttpConnectorBuilderCustomizer, or make fewer calls at once", ex);
	}

}
