/**
 * A simulator of A55, for users who have no credentials yet.
 */
@NullMarked
package tech.a55.sample.simulator;

import org.jspecify.annotations.NullMarked;
