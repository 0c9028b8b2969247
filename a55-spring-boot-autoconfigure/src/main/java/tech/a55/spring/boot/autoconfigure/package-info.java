/**
 * Auto-configuration for the A55 payments API.
 * <p>
 * Begin with {@link tech.a55.spring.boot.autoconfigure.A55AutoConfiguration}, which
 * defines {@code a55WebClient} and the beans that it is made of.
 * {@link tech.a55.spring.boot.autoconfigure.A55Properties} has the properties, with the
 * prefix {@code a55}. Health and metrics have an auto-configuration each. Without
 * credentials there is only
 * {@link tech.a55.spring.boot.autoconfigure.UnconfiguredA55AutoConfiguration}.
 * <p>
 * Tests of an application can name these types, in {@code @ImportAutoConfiguration} or
 * {@code @EnableAutoConfiguration(exclude = ...)}.
 */
@NullMarked
package tech.a55.spring.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
