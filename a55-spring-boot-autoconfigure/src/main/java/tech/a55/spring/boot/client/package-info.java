/**
 * One call of the API, from the builder of the client to the connection.
 * {@link tech.a55.spring.boot.client.A55ClientConfigurer} adds a filter to the client.
 * The filter starts an exchange for each call, which sends the call and retries it. Each
 * attempt is an authorized request, which writes the access token to its header.
 * <p>
 * Internal to the starter. Types are public here only so that other packages of the
 * starter can use them, and may change without notice.
 */
@NullMarked
package tech.a55.spring.boot.client;

import org.jspecify.annotations.NullMarked;
