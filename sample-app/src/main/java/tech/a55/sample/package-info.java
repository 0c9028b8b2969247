/**
 * An application that lists wallets and charges of A55.
 */
@NullMarked
package tech.a55.sample;

import org.jspecify.annotations.NullMarked;
