/**
 * Calls to the A55 payments API from Spring Boot applications.
 */
@NullMarked
package tech.a55.spring.boot;

import org.jspecify.annotations.NullMarked;
