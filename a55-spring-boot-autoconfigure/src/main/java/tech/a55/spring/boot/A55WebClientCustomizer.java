package tech.a55.spring.boot;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * Callback that customizes the {@link WebClient.Builder} of the A55 client, and of the
 * HTTP interfaces in group {@code a55} that use a WebClient. It applies to no other
 * client.
 * <p>
 * Beans of this type are applied in their order, after Boot's own customizers and before
 * the starter's filter. A filter added here never sees the access token. A connector set
 * here is replaced: customize the connector with Boot's
 * {@code ClientHttpConnectorBuilderCustomizer}.
 * <p>
 * A connector that the application gives to a copy of the client,
 * {@code a55WebClient.mutate().clientConnector(...)}, is not replaced. If it follows
 * redirects, it carries the token to their targets, because no filter sees what happens
 * inside a connector.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface A55WebClientCustomizer {

	/**
	 * Customize the given builder.
	 * @param builder the builder to customize, which no other client uses
	 */
	void customize(WebClient.Builder builder);

}
