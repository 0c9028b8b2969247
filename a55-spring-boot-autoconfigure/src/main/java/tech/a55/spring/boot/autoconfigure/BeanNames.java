package tech.a55.spring.boot.autoconfigure;

import org.springframework.web.service.registry.HttpServiceGroup;

/**
 * Names of the beans that configurations of the starter inject. Each injection point has
 * one of them as its qualifier, because the application may have a bean of the same type
 * for another service.
 */
final class BeanNames {

	static final String PROPERTIES = "a55-tech.a55.spring.boot.autoconfigure.A55Properties";

	static final String ACCOUNT_PROPERTIES = "a55AccountProperties";

	static final String CLIENT_REGISTRATION = "a55ClientRegistration";

	static final String CONNECTORS = "a55HttpConnectors";

	static final String CLIENT_FACTORY = "a55ClientFactory";

	static final String ACCOUNTS = "a55Accounts";

	static final String CLIENTS = "a55Clients";

	static final String ACCESS_TOKEN_CACHE = "a55AccessTokenCache";

	static final String CLIENT_CONFIGURER = "a55ClientConfigurer";

	static final String WEB_CLIENT = "a55WebClient";

	static final String REST_CLIENT = "a55RestClient";

	static final String AUTHORIZED_CLIENT_MANAGER = "a55AuthorizedClientManager";

	private static final String GROUP = "a55";

	private static final String GROUP_PREFIX = "a55-";

	private BeanNames() {
	}

	/**
	 * Whether the HTTP interfaces of the group call A55.
	 */
	static boolean isGroup(HttpServiceGroup group) {
		return group.name().equals(GROUP) || group.name().startsWith(GROUP_PREFIX);
	}

	/**
	 * Return the name of the account that the HTTP interfaces of the group belong to.
	 */
	static String account(HttpServiceGroup group) {
		return group.name().equals(GROUP) ? "default" : group.name().substring(GROUP_PREFIX.length());
	}

}
