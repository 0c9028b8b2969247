package tech.a55.host;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * Stands for a controller that calls A55.
 */
record NeedsA55(WebClient a55WebClient) {

}
