/**
 * The access token of the application:
 * {@link tech.a55.spring.boot.token.AccessTokenCache} hands it out, starts its renewal
 * and evicts it. Nothing here knows of the calls that carry it.
 * <p>
 * Internal to the starter: what is public here is public for the compiler alone, and may
 * change without notice.
 */
@NullMarked
package tech.a55.spring.boot.token;

import org.jspecify.annotations.NullMarked;
