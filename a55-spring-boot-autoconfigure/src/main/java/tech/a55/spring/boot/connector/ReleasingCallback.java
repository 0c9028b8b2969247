package tech.a55.spring.boot.connector;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import org.apache.hc.client5.http.async.AsyncExecCallback;
import org.apache.hc.client5.http.async.AsyncExecRuntime;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.nio.AsyncDataConsumer;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.jspecify.annotations.Nullable;

/**
 * Passes the end of a response on when its connection is free, so that the next request
 * of a caller that has waited for the end finds the connection. The client itself does
 * the one before the other.
 */
final class ReleasingCallback implements AsyncExecCallback {

	private final AsyncExecCallback callback;

	private final AsyncExecRuntime runtime;

	private final AtomicReference<@Nullable End> end = new AtomicReference<>();

	private volatile boolean completed;

	ReleasingCallback(AsyncExecCallback callback, AsyncExecRuntime runtime) {
		this.callback = callback;
		this.runtime = runtime;
	}

	@Override
	public @Nullable AsyncDataConsumer handleResponse(HttpResponse response, @Nullable EntityDetails entity)
			throws HttpException, IOException {
		if (entity == null) {
			end(() -> this.callback.handleResponse(response, null));
			return null;
		}
		return new Body(this.callback.handleResponse(response, entity));
	}

	@Override
	public void handleInformationResponse(HttpResponse response) throws HttpException, IOException {
		this.callback.handleInformationResponse(response);
	}

	/**
	 * The client takes the exchange for completed in the middle of an error response if
	 * that is where the request ends.
	 */
	private void end(End end) throws HttpException, IOException {
		if (this.completed) {
			end.pass();
		}
		else {
			this.end.set(end);
		}
	}

	@Override
	public void completed() {
		this.completed = true;
		if (this.end.get() != null) {
			this.runtime.releaseEndpoint();
		}
		passEnd();
		this.callback.completed();
	}

	@Override
	public void failed(Exception cause) {
		passEnd();
		this.callback.failed(cause);
	}

	private void passEnd() {
		End end = this.end.getAndSet(null);
		if (end != null) {
			try {
				end.pass();
			}
			catch (HttpException | IOException ex) {
				this.callback.failed(ex);
			}
		}
	}

	private interface End {

		void pass() throws HttpException, IOException;

	}

	private final class Body implements AsyncDataConsumer {

		private final AsyncDataConsumer consumer;

		Body(AsyncDataConsumer consumer) {
			this.consumer = consumer;
		}

		@Override
		public void updateCapacity(CapacityChannel channel) throws IOException {
			this.consumer.updateCapacity(channel);
		}

		@Override
		public void consume(ByteBuffer bytes) throws IOException {
			this.consumer.consume(bytes);
		}

		@Override
		public void streamEnd(@Nullable List<? extends Header> trailers) throws HttpException, IOException {
			end(() -> this.consumer.streamEnd(trailers));
		}

		@Override
		public void releaseResources() {
			this.consumer.releaseResources();
		}

	}

}
