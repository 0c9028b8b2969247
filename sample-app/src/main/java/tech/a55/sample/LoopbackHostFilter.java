package tech.a55.sample;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;

import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

/**
 * Refuses requests with a {@code Host} that is not loopback, as long as the server
 * listens on loopback only. Any website can let its name resolve to this machine, and
 * could then read what A55 responds to the application.
 */
@Component
final class LoopbackHostFilter implements WebFilter {

	private static final Set<String> HOSTS = Set.of("localhost", "127.0.0.1", "::1", "[::1]");

	private final boolean loopbackOnly;

	LoopbackHostFilter(@Value("${server.address}") InetAddress address) {
		this.loopbackOnly = address.isLoopbackAddress();
	}

	@Override
	public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
		InetSocketAddress host = exchange.getRequest().getHeaders().getHost();
		if (this.loopbackOnly && (host == null || !HOSTS.contains(host.getHostString()))) {
			return Mono.error(new ResponseStatusException(HttpStatus.FORBIDDEN,
					"Only this machine may open this page. Set SERVER_ADDRESS to open it to others"));
		}
		return chain.filter(exchange);
	}

}
