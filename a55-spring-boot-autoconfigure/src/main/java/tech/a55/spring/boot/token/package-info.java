/**
 * The access token of the application:
 * {@link tech.a55.spring.boot.token.AccessTokenCache} hands it out, starts its renewal
 * and evicts it. This package does not know the calls that use the token.
 * <p>
 * Internal to the starter. Types are public here only so that other packages of the
 * starter can use them, and may change without notice.
 */
@NullMarked
package tech.a55.spring.boot.token;

import org.jspecify.annotations.NullMarked;
