/**
 * One call of the API, from the builder of the client to the wire:
 * {@link tech.a55.spring.boot.client.A55ClientConfigurer} adds a filter to the client,
 * which makes an exchange of each call. The exchange retries the call, and writes the
 * access token to it.
 * <p>
 * Internal to the starter: what is public here is public for the compiler alone, and may
 * change without notice.
 */
@NullMarked
package tech.a55.spring.boot.client;

import org.jspecify.annotations.NullMarked;
