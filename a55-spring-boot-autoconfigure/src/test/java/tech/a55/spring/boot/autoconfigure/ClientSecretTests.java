package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;

import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.core.env.CompositePropertySource;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ClientSecret}. {@link A55ClientSecretTests} has those that need a
 * token endpoint.
 */
class ClientSecretTests {

	private static final String PROPERTY = "a55.client-secret";

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final Duration NEVER = Duration.ofMinutes(1);

	private final AtomicLong nanoTime = new AtomicLong();

	private final AtomicInteger reads = new AtomicInteger();

	private final Semaphore hanging = new Semaphore(0);

	private final CountDownLatch released = new CountDownLatch(1);

	private volatile Supplier<String> source = () -> "secret";

	private volatile ThreadFactory threads = Thread::new;

	private final Mono<String> secret = secret(() -> {
		this.reads.incrementAndGet();
		return new ClientSecret.Secret(this.source.get(), false);
	});

	@AfterEach
	void release() {
		this.released.countDown();
		Hooks.resetOnErrorDropped();
	}

	@Test
	void readsAFileOncePerSecondAtTheMost(@TempDir Path directory) throws IOException {
		Path file = Files.writeString(directory.resolve("a55.client-secret"), "old\n");
		Mono<String> secret = secretOf(new ConfigTreePropertySource("tree", directory));
		assertThat(secret.block(NEVER)).isEqualTo("old");
		Files.writeString(file, "new\n");
		this.nanoTime.addAndGet(Duration.ofMillis(999).toNanos());
		assertThat(secret.block(NEVER)).isEqualTo("old");
		this.nanoTime.addAndGet(Duration.ofMillis(1).toNanos());
		assertThat(secret.block(NEVER)).isEqualTo("new");
	}

	@Test
	void readsAFileAtOnceAgainWhereItCouldNotBeRead(@TempDir Path directory) throws IOException {
		Path file = Files.writeString(directory.resolve("a55.client-secret"), "");
		Mono<String> secret = secretOf(new ConfigTreePropertySource("tree", directory));
		assertThat(failureOf(secret)).hasMessageContaining("'a55.client-secret' is blank");
		Files.writeString(file, " new");
		assertThat(failureOf(secret)).hasMessageContaining("'a55.client-secret' begins with white space (U+0020)");
		Files.delete(file);
		assertThat(failureOf(secret)).hasMessageContaining("'a55.client-secret' is not set");
		Files.writeString(file, "new");
		assertThat(secret.block(NEVER)).isEqualTo("new");
	}

	@Test
	void readsWhatIsInMemoryEachTime() {
		MockEnvironment environment = new MockEnvironment().withProperty("a55.client-secret", "old");
		Mono<String> secret = secret(() -> ClientSecret.readFrom(environment, PROPERTY));
		assertThat(secret.block(NEVER)).isEqualTo("old");
		environment.setProperty("a55.client-secret", "new");
		assertThat(secret.block(NEVER)).isEqualTo("new");
	}

	@Test
	void readsAFileAgainHoweverItsConfigTreeIsDecorated(@TempDir Path directory) throws IOException {
		Path file = Files.writeString(directory.resolve("my-secret"), "old");
		ConfigTreePropertySource tree = new ConfigTreePropertySource("tree", directory);
		CompositePropertySource composite = new CompositePropertySource("composite");
		composite.addPropertySource(new Decorated(tree, (value) -> value));
		for (PropertySource<?> source : List.of(tree, new Decorated(tree, (value) -> value), composite)) {
			Files.writeString(file, "old");
			MockEnvironment environment = new MockEnvironment().withProperty("a55.client-secret", "${my-secret}");
			environment.getPropertySources().addLast(source);
			Mono<String> secret = secret(() -> ClientSecret.readFrom(environment, PROPERTY));
			assertThat(secret.block(NEVER)).isEqualTo("old");
			Files.writeString(file, "new\n");
			this.nanoTime.addAndGet(Duration.ofSeconds(1).toNanos());
			assertThat(secret.block(NEVER)).isEqualTo("new");
		}
	}

	@Test
	void leavesAFileToADecoratorThatChangesItsContent(@TempDir Path directory) throws IOException {
		Files.writeString(directory.resolve("a55.client-secret"), "ENC(secret)");
		ConfigTreePropertySource tree = new ConfigTreePropertySource("tree", directory);
		assertThat(secretOf(new Decorated(tree, (value) -> value.toString().replaceAll("ENC\\((.*)\\)", "$1")))
			.block(NEVER)).isEqualTo("secret");
	}

	@Test
	void readsOnADaemonThreadOfItsOwn() {
		AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
		MockEnvironment environment = new MockEnvironment();
		environment.getPropertySources().addFirst(new PropertySource<>("slow") {

			@Override
			public @Nullable Object getProperty(String name) {
				thread.set(Thread.currentThread());
				return "a55.client-secret".equals(name) ? "secret" : null;
			}

		});
		assertThat(ClientSecret.of(environment, PROPERTY, TIMEOUT).block(NEVER)).isEqualTo("secret");
		assertThat(thread.get()).isNotNull().satisfies((reader) -> {
			assertThat(reader.getName()).isEqualTo("a55-client-secret");
			assertThat(reader.isDaemon()).isTrue();
		});
	}

	@Test
	void callersShareTheReadThatIsUnderWay() {
		this.source = this::hang;
		List<CompletableFuture<String>> callers = IntStream.range(0, 20)
			.mapToObj((i) -> this.secret.toFuture())
			.toList();
		this.nanoTime.addAndGet(TIMEOUT.toNanos() - 1);
		CompletableFuture<String> last = this.secret.toFuture();
		this.released.countDown();
		assertThat(callers).allSatisfy((caller) -> assertThat(caller.get(1, TimeUnit.MINUTES)).isEqualTo("late"));
		assertThat(last.orTimeout(1, TimeUnit.MINUTES).join()).isEqualTo("late");
		assertThat(this.reads).hasValue(1);
	}

	@Test
	@DisplayName("Row 26: a thread cannot start")
	void theNextReadWorksIfAThreadCannotStart() {
		OutOfMemoryError error = new OutOfMemoryError("unable to create native thread");
		for (int i = 0; i < 1_000; i++) {
			this.threads = (i % 2 == 0) ? (read) -> new ThreadThatCannotStart(error) : (read) -> {
				throw error;
			};
			assertThat(failureOf(this.secret)).isSameAs(error);
			this.threads = Thread::new;
			assertThat(this.secret.block(NEVER)).isEqualTo("secret");
		}
	}

	static List<Throwable> failures() {
		return List.of(new OutOfMemoryError("test"), new StackOverflowError("test"), new NoClassDefFoundError("test"),
				new AssertionError("test"), new IllegalStateException("test"), new IOException("test"));
	}

	@ParameterizedTest
	@MethodSource("failures")
	@DisplayName("Row 26: the read fails")
	void anErrorOfAnyTypeReachesTheCallersAndTheNextReadWorks(Throwable failure) {
		for (int i = 0; i < 10; i++) {
			CountDownLatch asked = new CountDownLatch(1);
			this.source = () -> {
				await(asked);
				throw ClientSecretTests.<RuntimeException>sneaky(failure);
			};
			List<CompletableFuture<Signal<String>>> callers = IntStream.range(0, 20)
				.mapToObj((caller) -> this.secret.materialize().toFuture())
				.toList();
			asked.countDown();
			assertThat(callers)
				.allSatisfy((caller) -> assertThat(caller.get(1, TimeUnit.MINUTES).getThrowable()).isSameAs(failure));
			this.source = () -> "secret";
			assertThat(this.secret.block(NEVER)).isEqualTo("secret");
		}
	}

	@Test
	@DisplayName("Row 26: the read hangs")
	void aReadThatHangsIsReplacedByTheNext() {
		this.source = this::hang;
		CompletableFuture<String> hanging = this.secret.toFuture();
		this.hanging.acquireUninterruptibly();
		this.source = () -> "secret";
		this.nanoTime.addAndGet(TIMEOUT.toNanos());
		assertThat(this.secret.block(NEVER)).isEqualTo("secret");
		this.released.countDown();
		assertThat(hanging.orTimeout(1, TimeUnit.MINUTES).join()).isEqualTo("late");
		assertThat(this.secret.block(NEVER)).isEqualTo("secret");
	}

	@Test
	void atMostThreeReadsHangAtOnce() {
		this.source = this::hang;
		List<CompletableFuture<String>> hanging = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			hanging.add(this.secret.toFuture());
			this.hanging.acquireUninterruptibly();
			this.nanoTime.addAndGet(TIMEOUT.toNanos());
		}
		for (int i = 0; i < 10; i++) {
			assertThat(failureOf(this.secret)).isInstanceOf(IllegalStateException.class)
				.hasMessage("The client secret cannot be read (a55.client-secret), because 3 earlier reads have not "
						+ "ended");
		}
		assertThat(this.reads).hasValue(3);
		this.released.countDown();
		CompletableFuture.allOf(hanging.toArray(CompletableFuture[]::new)).orTimeout(1, TimeUnit.MINUTES).join();
		this.source = () -> "secret";
		assertThat(this.secret.block(NEVER)).isEqualTo("secret");
	}

	@Test
	void anErrorThrownByOneCallerConcernsThatCallerAlone() {
		Hooks.onErrorDropped((error) -> {
		});
		this.source = this::hang;
		List<CompletableFuture<String>> callers = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			this.secret.subscribe((value) -> {
				throw new NoClassDefFoundError("test");
			});
			callers.add(this.secret.toFuture());
		}
		this.released.countDown();
		assertThat(callers).allSatisfy((caller) -> assertThat(caller.get(1, TimeUnit.MINUTES)).isEqualTo("late"));
	}

	@Test
	void aFailureThatNobodyWaitsForAnyMoreIsNotReported() {
		List<Throwable> dropped = new ArrayList<>();
		Hooks.onErrorDropped(dropped::add);
		this.source = () -> {
			hang();
			throw new IllegalStateException("test");
		};
		CompletableFuture<Signal<String>> before = this.secret.materialize().toFuture();
		Disposable gone = this.secret.subscribe();
		CompletableFuture<Signal<String>> after = this.secret.materialize().toFuture();
		gone.dispose();
		this.released.countDown();
		assertThat(List.of(before, after))
			.allSatisfy((caller) -> assertThat(caller.get(1, TimeUnit.MINUTES).isOnError()).isTrue());
		assertThat(dropped).isEmpty();
	}

	@Test
	void eachOfManyCallersAtOnceGetsAnOutcome() throws Exception {
		this.source = () -> switch (this.reads.get() % 4) {
			case 0 -> throw new OutOfMemoryError("test");
			case 1 -> throw new IllegalStateException("test");
			default -> "secret";
		};
		CyclicBarrier barrier = new CyclicBarrier(4);
		List<CompletableFuture<Void>> threads = IntStream.range(0, 4).mapToObj((i) -> CompletableFuture.runAsync(() -> {
			for (int round = 0; round < 2_000; round++) {
				await(barrier);
				assertThat(this.secret.materialize().block(NEVER)).isNotNull();
			}
		}, (task) -> new Thread(task).start())).toList();
		CompletableFuture.allOf(threads.toArray(CompletableFuture[]::new)).get(5, TimeUnit.MINUTES);
		assertThat(this.reads).hasValueBetween(2_000, 8_000);
		this.source = () -> "secret";
		assertThat(this.secret.block(NEVER)).isEqualTo("secret");
	}

	private Mono<String> secretOf(PropertySource<?> source) {
		MockEnvironment environment = new MockEnvironment();
		environment.getPropertySources().addFirst(source);
		return secret(() -> ClientSecret.readFrom(environment, PROPERTY));
	}

	private Mono<String> secret(Supplier<ClientSecret.Secret> source) {
		return new ClientSecret(source, PROPERTY, TIMEOUT, (read) -> this.threads.newThread(read), this.nanoTime::get)
			.mono();
	}

	private static Throwable failureOf(Mono<String> secret) {
		Signal<String> signal = secret.materialize().block(NEVER);
		return Objects.requireNonNull(Objects.requireNonNull(signal).getThrowable());
	}

	private String hang() {
		this.hanging.release();
		await(this.released);
		return "late";
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void await(CyclicBarrier barrier) {
		try {
			barrier.await(1, TimeUnit.MINUTES);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	private static <T extends Throwable> T sneaky(Throwable failure) throws T {
		throw (T) failure;
	}

	private static final class ThreadThatCannotStart extends Thread {

		private final OutOfMemoryError error;

		ThreadThatCannotStart(OutOfMemoryError error) {
			this.error = error;
		}

		@Override
		public synchronized void start() {
			throw this.error;
		}

	}

	private static final class Decorated extends EnumerablePropertySource<Map<String, Object>> {

		private final ConfigTreePropertySource delegate;

		private final UnaryOperator<Object> decoration;

		Decorated(ConfigTreePropertySource delegate, UnaryOperator<Object> decoration) {
			super("decorated", Map.of());
			this.delegate = delegate;
			this.decoration = decoration;
		}

		@Override
		public String[] getPropertyNames() {
			return this.delegate.getPropertyNames();
		}

		@Override
		public @Nullable Object getProperty(String name) {
			Object value = this.delegate.getProperty(name);
			return (value != null) ? this.decoration.apply(value) : null;
		}

	}

}
