package tech.a55.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.autoconfigure.HttpClientProperties;
import org.springframework.boot.http.client.autoconfigure.HttpClientSettingsPropertyMapper;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.core.NestedExceptionUtils;

/**
 * Resolves the settings that a client connects with: those of its HTTP service group,
 * then those of A55, then Boot's for all clients, then the defaults.
 */
final class HttpClientSettingsResolver {

	private static final HttpClientSettings DEFAULTS = HttpClientSettings.defaults()
		.withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(60))
		.withRedirects(HttpRedirects.DONT_FOLLOW);

	private static final String ALL_CLIENTS = "spring.http.clients";

	private static final String GROUPS = "spring.http.serviceclient.";

	private final ObjectProvider<SslBundles> sslBundles;

	HttpClientSettingsResolver(ObjectProvider<SslBundles> sslBundles) {
		this.sslBundles = sslBundles;
	}

	/**
	 * Return the settings of the A55 client. Boot's SSL bundle is not read if another one
	 * replaces it.
	 */
	HttpClientSettings resolve(A55Properties properties, ObjectProvider<HttpClientSettings> ofAllClients) {
		HttpClientSettings own = requireSslBundle("a55.ssl.bundle", () -> settings(properties));
		HttpClientSettings ofBoot = requireSslBundle(ALL_CLIENTS + ".ssl.bundle", () -> {
			HttpClientSettings settings = ofAllClients.getIfAvailable(HttpClientSettings::defaults);
			return (own.sslBundle() != null) ? settings.withSslBundle(null) : settings;
		});
		return own.orElse(ofBoot.withTimeouts(positive(ofBoot.connectTimeout()), positive(ofBoot.readTimeout())))
			.orElse(DEFAULTS);
	}

	private HttpClientSettings settings(A55Properties properties) {
		HttpClientSettings settings = HttpClientSettings.defaults()
			.withTimeouts(properties.getConnectTimeout(), properties.getReadTimeout())
			.withRedirects(properties.getRedirects());
		String bundle = properties.getSsl().getBundle();
		return (bundle != null) ? settings.withSslBundle(this.sslBundles.getObject().getBundle(bundle)) : settings;
	}

	/**
	 * Zero means no timeout for some libraries, and others do not start with it. Here it
	 * counts as not set, because a call must not wait forever.
	 */
	private static @Nullable Duration positive(@Nullable Duration timeout) {
		return (timeout != null && timeout.compareTo(Duration.ZERO) > 0) ? timeout : null;
	}

	/**
	 * Return the settings of the HTTP service group with the given name. What its
	 * properties do not set is taken from the given settings.
	 */
	HttpClientSettings resolve(String name, @Nullable HttpClientProperties group, HttpClientSettings settings) {
		if (group == null) {
			return settings;
		}
		PropertyChecks.requirePositive(GROUPS + name + ".connect-timeout", group.getConnectTimeout());
		PropertyChecks.requirePositive(GROUPS + name + ".read-timeout", group.getReadTimeout());
		HttpClientSettingsPropertyMapper mapper = new HttpClientSettingsPropertyMapper(this.sslBundles.getIfAvailable(),
				settings);
		return requireSslBundle(GROUPS + name + ".ssl.bundle", () -> mapper.map(group));
	}

	/**
	 * Return the settings, after the files of the SSL bundle that the property names have
	 * been read.
	 */
	private static HttpClientSettings requireSslBundle(String property, Supplier<HttpClientSettings> supplier) {
		HttpClientSettings settings;
		try {
			settings = supplier.get();
		}
		catch (RuntimeException ex) {
			if (NestedExceptionUtils.getMostSpecificCause(ex) instanceof NoSuchSslBundleException) {
				throw PropertyChecks.invalid(property, "names an SSL bundle that does not exist",
						"Define the bundle under 'spring.ssl.bundle', or correct its name.");
			}
			throw ex;
		}
		SslBundle bundle = settings.sslBundle();
		if (bundle != null) {
			requireReadable(property, bundle);
		}
		return settings;
	}

	private static void requireReadable(String property, SslBundle bundle) {
		try {
			bundle.getStores().getKeyStore();
			bundle.getStores().getTrustStore();
		}
		catch (RuntimeException ex) {
			String cause = NestedExceptionUtils.getMostSpecificCause(ex).toString();
			InvalidA55ConfigurationException invalid = PropertyChecks.invalid(property,
					"names an SSL bundle that cannot be read (" + cause + ")",
					"Correct the bundle under 'spring.ssl.bundle'.");
			invalid.initCause(ex);
			throw invalid;
		}
	}

}
