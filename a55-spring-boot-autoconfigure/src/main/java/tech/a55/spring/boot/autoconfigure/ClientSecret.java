package tech.a55.spring.boot.autoconfigure;

import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;

/**
 * Reads the client secret as the environment has it at that moment. The files of a config
 * tree, which Boot reads once, are read again: a secret that is mounted there is rotated
 * by another file.
 */
final class ClientSecret {

	private static final String PROPERTY = "a55.client-secret";

	private ClientSecret() {
	}

	/**
	 * Return the client secret of the given environment, read anew for each subscriber.
	 * No event loop is kept waiting for a file.
	 */
	static Mono<String> of(ConfigurableEnvironment environment) {
		return Mono.defer(() -> {
			MutablePropertySources sources = environment.getPropertySources();
			return sources.stream().anyMatch(ConfigTreePropertySource.class::isInstance)
					? Mono.fromSupplier(() -> read(binder(sources))).subscribeOn(Schedulers.boundedElastic())
					: Mono.fromSupplier(() -> read(Binder.get(environment)));
		});
	}

	private static String read(Binder binder) {
		return PropertyChecks.requireText(PROPERTY, binder.bind(PROPERTY, String.class).orElse(null));
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
