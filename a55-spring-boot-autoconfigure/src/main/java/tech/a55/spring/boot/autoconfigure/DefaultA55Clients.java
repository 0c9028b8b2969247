package tech.a55.spring.boot.autoconfigure;

import java.util.Set;

import tech.a55.spring.boot.A55Clients;

import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * The clients of {@link A55Accounts}. Not these themselves, because the application may
 * replace the bean, and its HTTP interfaces still need their accounts.
 */
final class DefaultA55Clients implements A55Clients {

	private final A55Accounts accounts;

	DefaultA55Clients(A55Accounts accounts) {
		this.accounts = accounts;
	}

	@Override
	public WebClient webClient(String name) {
		return this.accounts.get(name, "").webClient();
	}

	@Override
	public RestClient restClient(String name) {
		return this.accounts.get(name, "").restClient();
	}

	@Override
	public OAuth2AuthorizedClientManager authorizedClientManager(String name) {
		return this.accounts.get(name, "").authorizedClientManager();
	}

	@Override
	public Set<String> names() {
		return this.accounts.names();
	}

}
