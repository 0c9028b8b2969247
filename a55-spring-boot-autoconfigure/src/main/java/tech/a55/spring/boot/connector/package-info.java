/**
 * The connections of the A55 client, with a class for each HTTP library.
 * {@link tech.a55.spring.boot.connector.HttpConnectors} builds, restricts and closes
 * them. This package does not know tokens or the API.
 * <p>
 * Internal to the starter. Types are public here only so that other packages of the
 * starter can use them, and may change without notice.
 */
@NullMarked
package tech.a55.spring.boot.connector;

import org.jspecify.annotations.NullMarked;
