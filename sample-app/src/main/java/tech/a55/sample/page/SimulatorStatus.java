package tech.a55.sample.page;

import java.time.Instant;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The state of a simulator of A55, for the page. There is a bean of this type only if
 * there is a simulator.
 */
public interface SimulatorStatus {

	/**
	 * Return the names of the failures that the simulator causes.
	 * @return the names, in no particular order
	 */
	Set<String> troubles();

	/**
	 * Return from when on tokens can be revoked.
	 * @return an instant in the future, or {@code null} if they can be revoked now
	 */
	@Nullable Instant revocableFrom();

}
