/**
 * A simulator of A55, for those who have no credentials yet.
 */
@NullMarked
package tech.a55.sample.simulator;

import org.jspecify.annotations.NullMarked;
