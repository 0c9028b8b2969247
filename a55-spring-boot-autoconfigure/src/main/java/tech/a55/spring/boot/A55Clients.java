package tech.a55.spring.boot;

import java.util.Set;

import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * The clients of all A55 accounts of the application, by the name of the account: that of
 * {@code a55.client-id} is called {@code default}, and that of
 * {@code a55.clients.shop.client-id} is called {@code shop}.
 * <p>
 * Each account has its own access token, which its clients share. A client is made when
 * it is first asked for, and nothing is fetched before its first call. All methods return
 * the same instance for the same name. When the application context is closed, the
 * clients are closed with it: their calls fail, and the methods throw an
 * {@link IllegalStateException}. Thread-safe.
 * <p>
 * No method falls back to another account. All that take a name throw an
 * {@link IllegalArgumentException} that lists the names of the accounts, if the name is
 * none of them.
 *
 * @since 0.1.0
 */
public interface A55Clients {

	/**
	 * Return the {@link WebClient} of an account. That of {@code default} is the bean
	 * {@code a55WebClient}.
	 * @param name the name of the account
	 * @return the client, authenticated for that account only
	 * @throws IllegalArgumentException if there is no account of that name
	 */
	WebClient webClient(String name);

	/**
	 * Return the {@link RestClient} of an account, whether or not
	 * {@code a55.rest-client.enabled} is set. That of {@code default} is the bean
	 * {@code a55RestClient}, if there is one.
	 * @param name the name of the account
	 * @return the client, authenticated for that account only
	 * @throws IllegalArgumentException if there is no account of that name
	 */
	RestClient restClient(String name);

	/**
	 * Return the {@link OAuth2AuthorizedClientManager} of an account, which hands out the
	 * token that its clients use. That of {@code default} is the bean
	 * {@code a55AuthorizedClientManager}. The id of the client registration is
	 * {@code a55} for {@code default}, and {@code a55-shop} for {@code shop}.
	 * @param name the name of the account
	 * @return the manager, for the client registration of that account only
	 * @throws IllegalArgumentException if there is no account of that name
	 */
	OAuth2AuthorizedClientManager authorizedClientManager(String name);

	/**
	 * Return the names of the accounts.
	 * @return the names in alphabetical order, but {@code default} first. Never empty
	 */
	Set<String> names();

}
