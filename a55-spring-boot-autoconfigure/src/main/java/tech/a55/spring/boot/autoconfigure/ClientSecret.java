package tech.a55.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.function.Supplier;

import reactor.core.publisher.Mono;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;

/**
 * Reads the current client secret from the environment. Boot reads the files of a config
 * tree only once, so this class reads them again: a mounted secret is rotated by a change
 * of its file.
 */
final class ClientSecret {

	private static final String PROPERTY = "a55.client-secret";

	/**
	 * A rotated secret is noticed at most this much later. Many calls may read the secret
	 * while the old one is refused.
	 */
	private static final Duration FILES_READ_EVERY = Duration.ofSeconds(1);

	private ClientSecret() {
	}

	/**
	 * Return the client secret of the given environment, read again for each subscriber.
	 */
	static Mono<String> of(ConfigurableEnvironment environment) {
		MutablePropertySources sources = environment.getPropertySources();
		if (sources.stream().noneMatch(ConfigTreePropertySource.class::isInstance)) {
			return Mono.fromSupplier(() -> read(Binder.get(environment)));
		}
		return readingFiles(() -> read(binder(sources))).cache((secret) -> FILES_READ_EVERY, (ex) -> Duration.ZERO,
				() -> Duration.ZERO);
	}

	/**
	 * Read on a separate thread. The thread of the caller may be an event loop, the pools
	 * of the application may all be waiting for the token, and the file may be on a disk
	 * that does not respond.
	 */
	private static Mono<String> readingFiles(Supplier<String> read) {
		return Mono.create((sink) -> {
			Thread thread = new Thread(() -> {
				try {
					sink.success(read.get());
				}
				catch (Throwable ex) {
					sink.error(ex);
				}
			}, "a55-client-secret");
			thread.setDaemon(true);
			thread.start();
		});
	}

	private static String read(Binder binder) {
		return PropertyChecks.requireCredential(PROPERTY, binder.bind(PROPERTY, String.class).orElse(null));
	}

	private static Binder binder(MutablePropertySources sources) {
		MutablePropertySources fresh = new MutablePropertySources();
		for (PropertySource<?> source : sources) {
			if (!ConfigurationPropertySources.isAttachedConfigurationPropertySource(source)) {
				fresh.addLast(fresh(source));
			}
		}
		return new Binder(ConfigurationPropertySources.from(fresh), new PropertySourcesPlaceholdersResolver(fresh));
	}

	private static PropertySource<?> fresh(PropertySource<?> source) {
		return (source instanceof ConfigTreePropertySource tree) ? new ConfigTreePropertySource(tree.getName(),
				tree.getSource(), ConfigTreePropertySource.Option.AUTO_TRIM_TRAILING_NEW_LINE) : source;
	}

}
