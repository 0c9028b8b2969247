package tech.a55.sample.page;

import java.time.Instant;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What a simulator of A55 tells the page. There is a bean of this type only where there
 * is a simulator.
 */
public interface SimulatorStatus {

	/**
	 * Return the names of the troubles that the simulator makes.
	 * @return the names, in no order
	 */
	Set<String> troubles();

	/**
	 * Return from when on tokens can be revoked.
	 * @return an instant to come, or {@code null} for at once
	 */
	@Nullable Instant revocableFrom();

}
