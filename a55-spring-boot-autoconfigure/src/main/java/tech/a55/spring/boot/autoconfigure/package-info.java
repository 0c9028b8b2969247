/**
 * Auto-configuration for the A55 payments API.
 */
@NullMarked
package tech.a55.spring.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
