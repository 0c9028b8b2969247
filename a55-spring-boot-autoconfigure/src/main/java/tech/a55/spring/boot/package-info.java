/**
 * Calls to the A55 payments API from Spring Boot applications.
 * <p>
 * An application injects the client by the name of its bean, and calls paths below
 * {@code a55.base-url}: <pre class="code">
 * &#064;Service
 * class Wallets {
 *
 *   private final WebClient a55WebClient;
 *
 *   Wallets(WebClient a55WebClient) {
 *     this.a55WebClient = a55WebClient;
 *   }
 *
 *   Mono&lt;JsonNode&gt; findByEmail(String email) {
 *     return this.a55WebClient.get()
 *       .uri("bank/wallet/?email={email}", email)
 *       .retrieve()
 *       .bodyToMono(JsonNode.class);
 *   }
 *
 * }
 * </pre> To change the client, define a bean of type
 * {@link tech.a55.spring.boot.A55WebClientCustomizer}. The properties and the other beans
 * are those of {@link tech.a55.spring.boot.autoconfigure}.
 */
@NullMarked
package tech.a55.spring.boot;

import org.jspecify.annotations.NullMarked;
