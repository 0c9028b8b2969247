/**
 * The connections of the A55 client, with a class for each HTTP library.
 * {@link tech.a55.spring.boot.connector.HttpConnectors} builds, restricts and closes
 * them. Nothing here knows of tokens or of the API.
 * <p>
 * Internal to the starter: what is public here is public for the compiler alone, and may
 * change without notice.
 */
@NullMarked
package tech.a55.spring.boot.connector;

import org.jspecify.annotations.NullMarked;
