/**
 * The page of the sample, and the data that it shows.
 */
@NullMarked
package tech.a55.sample.page;

import org.jspecify.annotations.NullMarked;
