package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import tech.a55.spring.boot.token.BlockingTasks;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;

/**
 * Reads the current client secret from the environment. Each read has a thread of its
 * own: the caller may be on an event loop, all threads of the application may be waiting
 * for the token, and a property source may be slow or not respond at all. Thread-safe.
 * <p>
 * Callers share a read that is under way. A read that takes too long is left to itself,
 * and the next caller starts another one. A read that fails, with an error of any type,
 * fails for the callers that share it only.
 */
final class ClientSecret {

	/**
	 * A rotated file is noticed at most this much later. Many calls may read the secret
	 * while the old one is refused.
	 */
	private static final Duration FILES_READ_EVERY = Duration.ofSeconds(1);

	private final Supplier<Secret> source;

	private final String property;

	private final Duration timeout;

	private final BlockingTasks tasks;

	private final LongSupplier nanoTime;

	private final AtomicReference<@Nullable Read> latest = new AtomicReference<>();

	ClientSecret(Supplier<Secret> source, String property, Duration timeout, ThreadFactory threads,
			LongSupplier nanoTime) {
		this.source = source;
		this.property = property;
		this.timeout = timeout;
		this.tasks = new BlockingTasks(threads);
		this.nanoTime = nanoTime;
	}

	/**
	 * Return the client secret of the given environment, read again for each subscriber.
	 * @param environment the environment that has the secret
	 * @param property the property that holds the secret
	 * @param timeout the age from which on a read is not shared with further subscribers
	 */
	static Mono<String> of(ConfigurableEnvironment environment, String property, Duration timeout) {
		return new ClientSecret(() -> readFrom(environment, property), property, timeout,
				(read) -> new Thread(read, "a55-client-secret"), System::nanoTime)
			.mono();
	}

	static Secret readFrom(ConfigurableEnvironment environment, String property) {
		RereadingResolver resolver = new RereadingResolver(environment.getPropertySources());
		String value = new Binder(ConfigurationPropertySources.get(environment), resolver)
			.bind(property.toLowerCase(Locale.ROOT), String.class)
			.orElse(null);
		return new Secret(PropertyChecks.requireCredential(property, value), resolver.hasReadFile);
	}

	/**
	 * Delivers to each subscriber independently: what the code of one of them throws
	 * stays in its own future. Errors are delivered to a sink, because operators of
	 * Reactor throw some of them, such as an {@link OutOfMemoryError}.
	 */
	Mono<String> mono() {
		return Mono.create((sink) -> {
			CompletableFuture<Void> delivery = current().outcome.thenAccept((outcome) -> outcome.deliverTo(sink));
			sink.onDispose(() -> delivery.cancel(false));
		});
	}

	private Read current() {
		while (true) {
			Read latest = this.latest.get();
			if (latest != null && latest.isShared()) {
				return latest;
			}
			Read next = new Read();
			if (this.latest.compareAndSet(latest, next)) {
				next.start();
				return next;
			}
		}
	}

	/**
	 * A client secret.
	 *
	 * @param value the secret
	 * @param ofFile whether a file was read for it
	 */
	record Secret(String value, boolean ofFile) {

		@Override
		public String toString() {
			return "Secret";
		}

	}

	private record Outcome(@Nullable Secret secret, @Nullable Throwable failure) {

		void deliverTo(MonoSink<String> sink) {
			if (this.secret != null) {
				sink.success(this.secret.value());
			}
			else if (this.failure != null) {
				sink.error(this.failure);
			}
		}

	}

	private final class Read {

		private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

		private volatile long sharedFrom = ClientSecret.this.nanoTime.getAsLong();

		private volatile long sharedFor = ClientSecret.this.timeout.toNanos();

		boolean isShared() {
			return ClientSecret.this.nanoTime.getAsLong() - this.sharedFrom < this.sharedFor;
		}

		@SuppressWarnings("FutureReturnValueIgnored")
		void start() {
			CompletableFuture<Secret> result = ClientSecret.this.tasks.run(ClientSecret.this.source::get);
			if (result != null) {
				result.whenComplete((secret, failure) -> settle(new Outcome(secret, failure)));
				return;
			}
			settle(new Outcome(null,
					new IllegalStateException("The client secret cannot be read (" + ClientSecret.this.property
							+ "), because " + BlockingTasks.MOST + " earlier reads have not ended")));
		}

		private void settle(Outcome outcome) {
			if (outcome.secret() != null && outcome.secret().ofFile()) {
				this.sharedFrom = ClientSecret.this.nanoTime.getAsLong();
				this.sharedFor = FILES_READ_EVERY.toNanos();
			}
			else {
				ClientSecret.this.latest.compareAndSet(this, null);
			}
			this.outcome.complete(outcome);
		}

	}

	/**
	 * Reads the files of a config tree again, because Boot reads them only once, and a
	 * mounted secret is rotated by a change of its file. The value itself tells which
	 * file it is from: a property source may be decorated, as Jasypt does, or be part of
	 * another one.
	 */
	private static final class RereadingResolver extends PropertySourcesPlaceholdersResolver {

		private final Iterable<PropertySource<?>> sources;

		private boolean hasReadFile;

		RereadingResolver(Iterable<PropertySource<?>> sources) {
			super(sources);
			this.sources = sources;
		}

		@Override
		public @Nullable Object resolvePlaceholders(@Nullable Object value) {
			return super.resolvePlaceholders(reread(value));
		}

		@Override
		protected @Nullable String resolvePlaceholder(String placeholder) {
			for (PropertySource<?> source : this.sources) {
				Object value = reread(source.getProperty(placeholder));
				if (value != null) {
					return value.toString();
				}
			}
			return null;
		}

		private @Nullable Object reread(@Nullable Object value) {
			if (value instanceof ConfigTreePropertySource.Value
					&& Origin.from(value) instanceof TextResourceOrigin origin && origin.getResource() != null) {
				this.hasReadFile = true;
				try {
					Path file = origin.getResource().getFile().toPath().toAbsolutePath();
					return new ConfigTreePropertySource("a55", file.resolveSibling(""),
							ConfigTreePropertySource.Option.AUTO_TRIM_TRAILING_NEW_LINE)
						.getProperty(file.getFileName().toString());
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			}
			return value;
		}

	}

}
