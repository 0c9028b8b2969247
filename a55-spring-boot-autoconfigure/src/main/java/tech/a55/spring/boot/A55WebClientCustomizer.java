package tech.a55.spring.boot;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * Callback that customizes the {@link WebClient.Builder} of the A55 client, and of the
 * HTTP interfaces in group {@code a55} that use a WebClient, and of no other client.
 * <p>
 * Beans of this type are applied in their order, after Boot's own customizers and before
 * the filter that adds the access token: a filter added here never sees the token. A
 * connector that is set here is replaced; that of the A55 client is customized with
 * Boot's {@code ClientHttpConnectorBuilderCustomizer}.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface A55WebClientCustomizer {

	/**
	 * Customize the given builder.
	 * @param builder the builder to customize, never one that another client uses
	 */
	void customize(WebClient.Builder builder);

}
