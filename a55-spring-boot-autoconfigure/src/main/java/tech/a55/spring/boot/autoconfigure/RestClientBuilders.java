package tech.a55.spring.boot.autoconfigure;

import java.util.function.Predicate;

import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.http.codec.CodecCustomizer;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.http.codec.ClientCodecConfigurer;
import org.springframework.http.codec.EncoderHttpMessageWriter;
import org.springframework.http.codec.json.JacksonJsonEncoder;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.util.ClassUtils;
import org.springframework.web.client.RestClient;

/**
 * Customizes builders of RestClients as Boot does, also for applications without Boot's
 * module for RestClient: the starter brings only Boot's module for WebClient.
 */
final class RestClientBuilders {

	private static final String MOCK_SERVER = "org.springframework.boot.restclient.test.MockServerRestClientCustomizer";

	private final ConfigurableListableBeanFactory beanFactory;

	RestClientBuilders(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Apply what Boot applies to any client: observation, and the JSON mapper of the
	 * WebClients. Customizers can still replace the mapper.
	 */
	void applyDefaults(RestClient.Builder builder) {
		this.beanFactory.getBeanProvider(ObservationRegistry.class).ifUnique(builder::observationRegistry);
		if (isPresent("tools.jackson.databind.json.JsonMapper")) {
			Jackson.useMapperOfCodecs(builder, codecs());
		}
	}

	private ClientCodecConfigurer codecs() {
		ClientCodecConfigurer codecs = ClientCodecConfigurer.create();
		this.beanFactory.getBeanProvider(CodecCustomizer.class)
			.orderedStream()
			.forEach((customizer) -> customizer.customize(codecs));
		return codecs;
	}

	/**
	 * Apply the customizers of Boot and of the application.
	 */
	void customize(RestClient.Builder builder) {
		if (isPresent("org.springframework.boot.restclient.RestClientCustomizer")) {
			BootModule.customize(this.beanFactory, builder, (customizer) -> !isMockServer(customizer));
		}
	}

	/**
	 * Let a test that uses a {@code MockRestServiceServer} see the requests. Its
	 * customizer must come last, because it replaces the connection to the network. The
	 * requests then have no token.
	 */
	void bindToMockServer(RestClient.Builder builder) {
		if (isPresent("org.springframework.boot.restclient.RestClientCustomizer")) {
			BootModule.customize(this.beanFactory, builder, RestClientBuilders::isMockServer);
		}
	}

	private static boolean isMockServer(Object customizer) {
		return customizer.getClass().getName().equals(MOCK_SERVER);
	}

	private boolean isPresent(String className) {
		return ClassUtils.isPresent(className, this.beanFactory.getBeanClassLoader());
	}

	private static final class BootModule {

		static void customize(ConfigurableListableBeanFactory beanFactory, RestClient.Builder builder,
				Predicate<Object> filter) {
			beanFactory.getBeanProvider(RestClientCustomizer.class)
				.orderedStream()
				.filter(filter)
				.forEach((customizer) -> customizer.customize(builder));
		}

	}

	private static final class Jackson {

		static void useMapperOfCodecs(RestClient.Builder builder, ClientCodecConfigurer codecs) {
			codecs.getWriters()
				.stream()
				.filter(EncoderHttpMessageWriter.class::isInstance)
				.map((writer) -> ((EncoderHttpMessageWriter<?>) writer).getEncoder())
				.filter(JacksonJsonEncoder.class::isInstance)
				.findFirst()
				.map((encoder) -> new JacksonJsonHttpMessageConverter(((JacksonJsonEncoder) encoder).getMapper()))
				.ifPresent((converter) -> builder.configureMessageConverters(
						(converters) -> converters.registerDefaults().withJsonConverter(converter)));
		}

	}

}
