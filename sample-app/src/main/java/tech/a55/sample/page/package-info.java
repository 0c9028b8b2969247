/**
 * The page of the sample, and what it is told while it is open.
 */
@NullMarked
package tech.a55.sample.page;

import org.jspecify.annotations.NullMarked;
