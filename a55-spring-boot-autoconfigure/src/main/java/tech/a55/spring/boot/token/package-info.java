/**
 * The access token of the application: kept in
 * {@link tech.a55.spring.boot.token.AccessTokenCache}, fetched from the token endpoint,
 * put on the wire by an exchange filter. Internal to the starter.
 */
@NullMarked
package tech.a55.spring.boot.token;

import org.jspecify.annotations.NullMarked;
