package tech.a55.spring.boot.token;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;

import org.jspecify.annotations.Nullable;

/**
 * Runs what may block, each task on a daemon thread of its own, because callers may be on
 * an event loop. A task that hangs is left to itself, and keeps its thread. Thread-safe.
 *
 * @since 0.1.0
 */
public final class BlockingTasks {

	/**
	 * How many tasks run at once at most.
	 */
	public static final int MOST = 3;

	private final ThreadFactory threads;

	private final Semaphore free = new Semaphore(MOST);

	/**
	 * Create a runner whose threads come from the given factory.
	 * @param threads creates the thread of each task
	 */
	public BlockingTasks(ThreadFactory threads) {
		this.threads = threads;
	}

	/**
	 * Run the given task.
	 * @param <T> the type of the result
	 * @param task the task
	 * @return the result, or what the task or the start of its thread has thrown. It is
	 * {@code null} if the task is not run, because too many earlier ones have not ended
	 */
	public <T extends @Nullable Object> @Nullable CompletableFuture<T> run(Callable<T> task) {
		if (!this.free.tryAcquire()) {
			return null;
		}
		CompletableFuture<T> result = new CompletableFuture<>();
		try {
			Thread thread = this.threads.newThread(() -> run(task, result));
			thread.setDaemon(true);
			thread.start();
		}
		catch (Throwable ex) {
			this.free.release();
			result.completeExceptionally(ex);
		}
		return result;
	}

	private <T extends @Nullable Object> void run(Callable<T> task, CompletableFuture<T> result) {
		T value;
		try {
			value = task.call();
		}
		catch (Throwable ex) {
			this.free.release();
			result.completeExceptionally(ex);
			return;
		}
		this.free.release();
		result.complete(value);
	}

}
