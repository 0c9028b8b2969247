package tech.a55.spring.boot.autoconfigure;

/**
 * Names of the beans that configurations of the starter inject. Each injection point has
 * one of them as its qualifier, because the application may have a bean of the same type
 * for another service.
 */
final class BeanNames {

	static final String PROPERTIES = "a55-tech.a55.spring.boot.autoconfigure.A55Properties";

	static final String CLIENT_REGISTRATION = "a55ClientRegistration";

	static final String CONNECTORS = "a55HttpConnectors";

	static final String CLIENT_FACTORY = "a55ClientFactory";

	static final String ACCESS_TOKEN_CACHE = "a55AccessTokenCache";

	static final String CLIENT_CONFIGURER = "a55ClientConfigurer";

	private BeanNames() {
	}

}
