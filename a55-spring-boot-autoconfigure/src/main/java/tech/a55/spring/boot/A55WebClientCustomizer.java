package tech.a55.spring.boot;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * Callback that customizes the {@link WebClient.Builder} of each A55 client, and of the
 * HTTP interfaces in group {@code a55}, or in that of another account, that use a
 * WebClient. It applies to no other client.
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

	/**
	 * Customize the given builder, which is for the given account. Override this method
	 * if accounts differ. By default, all are customized alike.
	 * @param client the name of the account, as in {@link A55Clients#names()}
	 * @param builder the builder to customize, which no other client uses
	 */
	default void customize(String client, WebClient.Builder builder) {
		customize(builder);
	}

}
