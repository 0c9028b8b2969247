package tech.a55.spring.boot.autoconfigure;

import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.autoconfigure.HttpClientProperties;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslStoreBundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link HttpClientSettingsResolver}.
 */
class HttpClientSettingsResolverTests {

	private static final SslBundle BUNDLE = SslBundle.of(SslStoreBundle.NONE);

	private static final SslBundle OTHER_BUNDLE = SslBundle.of(SslStoreBundle.NONE);

	private final DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry("partner", BUNDLE);

	private final HttpClientSettingsResolver resolver = new HttpClientSettingsResolver(
			provider(SslBundles.class, this.bundles));

	@Test
	void defaultsAreUsedIfNothingIsSet() {
		HttpClientSettings settings = resolve(null);
		assertThat(settings.connectTimeout()).isEqualTo(Duration.ofSeconds(5));
		assertThat(settings.readTimeout()).isEqualTo(Duration.ofSeconds(60));
		assertThat(settings.redirects()).isEqualTo(HttpRedirects.DONT_FOLLOW);
		assertThat(settings.sslBundle()).isNull();
	}

	@Test
	void settingsOfAllClientsGoBeforeDefaults() {
		HttpClientSettings ofAllClients = HttpClientSettings.defaults()
			.withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(2))
			.withRedirects(HttpRedirects.FOLLOW)
			.withSslBundle(OTHER_BUNDLE);
		assertThat(resolve(ofAllClients)).isEqualTo(ofAllClients);
		assertThat(resolve(ofAllClients.withReadTimeout(null)))
			.isEqualTo(ofAllClients.withReadTimeout(Duration.ofSeconds(60)));
	}

	@Test
	void settingsOfA55GoBeforeThoseOfAllClients() {
		HttpClientSettings ofAllClients = HttpClientSettings.defaults()
			.withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(2))
			.withRedirects(HttpRedirects.FOLLOW)
			.withSslBundle(OTHER_BUNDLE);
		assertThat(resolve(ofAllClients, "a55.connect-timeout", "3s"))
			.isEqualTo(ofAllClients.withConnectTimeout(Duration.ofSeconds(3)));
		assertThat(resolve(ofAllClients, "a55.read-timeout", "3s"))
			.isEqualTo(ofAllClients.withReadTimeout(Duration.ofSeconds(3)));
		assertThat(resolve(ofAllClients, "a55.redirects", "dont-follow"))
			.isEqualTo(ofAllClients.withRedirects(HttpRedirects.DONT_FOLLOW));
		assertThat(resolve(ofAllClients, "a55.ssl.bundle", "partner").sslBundle()).isSameAs(BUNDLE);
	}

	@ParameterizedTest
	@ValueSource(strings = { "PT0S", "PT-1S" })
	void timeoutsOfAllClientsThatWaitForEverAreNotUsed(Duration timeout) {
		HttpClientSettings settings = resolve(HttpClientSettings.defaults().withTimeouts(timeout, timeout));
		assertThat(settings.connectTimeout()).isEqualTo(Duration.ofSeconds(5));
		assertThat(settings.readTimeout()).isEqualTo(Duration.ofSeconds(60));
	}

	@Test
	void bundleThatDoesNotExistIsReported() {
		assertThatExceptionOfType(InvalidA55ConfigurationException.class)
			.isThrownBy(() -> resolve(null, "a55.ssl.bundle", "other"))
			.withMessageContaining("a55.ssl.bundle");
	}

	@Test
	void bundleOfAllClientsIsNotReadIfAnotherTakesItsPlace() {
		SslBundle unreadable = SslBundle.of(new UnreadableStores());
		HttpClientSettings ofAllClients = HttpClientSettings.ofSslBundle(unreadable);
		assertThatExceptionOfType(InvalidA55ConfigurationException.class).isThrownBy(() -> resolve(ofAllClients))
			.withMessageContainingAll("spring.http.clients.ssl.bundle", "no such file");
		assertThat(resolve(ofAllClients, "a55.ssl.bundle", "partner").sslBundle()).isSameAs(BUNDLE);
	}

	@Test
	void groupHasTheSettingsOfA55IfItHasNoneOfItsOwn() {
		HttpClientSettings settings = resolve(null, "a55.ssl.bundle", "partner");
		assertThat(this.resolver.resolve("a55", null, settings)).isSameAs(settings);
		assertThat(this.resolver.resolve("a55", new HttpClientProperties(), settings)).isEqualTo(settings);
	}

	@Test
	void settingsOfTheGroupGoFirst() {
		this.bundles.registerBundle("other", OTHER_BUNDLE);
		HttpClientSettings ofA55 = resolve(null, "a55.ssl.bundle", "partner");
		HttpClientProperties group = new HttpClientProperties();
		group.setConnectTimeout(Duration.ofSeconds(1));
		group.setReadTimeout(Duration.ofSeconds(2));
		group.setRedirects(HttpRedirects.FOLLOW);
		group.getSsl().setBundle("other");
		HttpClientSettings settings = this.resolver.resolve("a55", group, ofA55);
		assertThat(settings.connectTimeout()).isEqualTo(Duration.ofSeconds(1));
		assertThat(settings.readTimeout()).isEqualTo(Duration.ofSeconds(2));
		assertThat(settings.redirects()).isEqualTo(HttpRedirects.FOLLOW);
		assertThat(settings.sslBundle()).isSameAs(OTHER_BUNDLE);
	}

	@ParameterizedTest
	@CsvSource({ "PT0S,PT1S,connect-timeout", "PT1S,PT-1S,read-timeout" })
	void timeoutOfTheGroupThatIsNotPositiveIsReported(Duration connectTimeout, Duration readTimeout, String name) {
		HttpClientProperties group = new HttpClientProperties();
		group.setConnectTimeout(connectTimeout);
		group.setReadTimeout(readTimeout);
		assertThatExceptionOfType(InvalidA55ConfigurationException.class)
			.isThrownBy(() -> this.resolver.resolve("a55", group, HttpClientSettings.defaults()))
			.withMessageContaining("spring.http.serviceclient.a55." + name);
	}

	private HttpClientSettings resolve(@Nullable HttpClientSettings ofAllClients, String... property) {
		return this.resolver.resolve(properties(property), provider(HttpClientSettings.class, ofAllClients));
	}

	private static A55Properties properties(String... property) {
		MapConfigurationPropertySource source = new MapConfigurationPropertySource(
				Map.of("a55.client-id", TestA55.CLIENT_ID, "a55.client-secret", TestA55.CLIENT_SECRET));
		if (property.length > 0) {
			source.put(property[0], property[1]);
		}
		return new Binder(List.of(source)).bind("a55", A55Properties.class).get();
	}

	private static <T> ObjectProvider<T> provider(Class<T> type, @Nullable T bean) {
		StaticListableBeanFactory beans = new StaticListableBeanFactory();
		if (bean != null) {
			beans.addBean("bean", bean);
		}
		return beans.getBeanProvider(type);
	}

	private static final class UnreadableStores implements SslStoreBundle {

		@Override
		public KeyStore getKeyStore() {
			throw new IllegalStateException("no such file");
		}

		@Override
		public @Nullable String getKeyStorePassword() {
			return null;
		}

		@Override
		public @Nullable KeyStore getTrustStore() {
			return null;
		}

	}

}
