package tech.a55.spring.boot.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tech.a55.spring.boot.A55Clients;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.analyzer.AbstractInjectionFailureAnalyzer;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Analyzes the lack of a bean that would exist if A55 were configured, or that exists but
 * can only be injected by its qualifier.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class MissingA55BeanFailureAnalyzer extends AbstractInjectionFailureAnalyzer<NoSuchBeanDefinitionException> {

	private static final Map<String, Class<?>> BEANS = Map.of(BeanNames.WEB_CLIENT, WebClient.class,
			BeanNames.REST_CLIENT, RestClient.class, BeanNames.CLIENT_REGISTRATION, ClientRegistration.class,
			BeanNames.AUTHORIZED_CLIENT_MANAGER, OAuth2AuthorizedClientManager.class, BeanNames.CLIENTS,
			A55Clients.class);

	private static final String NOT_AUTO_CONFIGURED = "The A55 starter is not part of this context, because the context "
			+ "is a test slice such as @WebMvcTest, or because A55AutoConfiguration is excluded.";

	private static final Set<Class<?>> INJECTED_BY_TYPE = Set.of(WebClient.class, RestClient.class, A55Clients.class);

	private final Environment environment;

	private final BeanFactory beanFactory;

	MissingA55BeanFailureAnalyzer(Environment environment, BeanFactory beanFactory) {
		this.environment = environment;
		this.beanFactory = beanFactory;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause,
			@Nullable String description) {
		if (cause instanceof NoUniqueBeanDefinitionException) {
			return null;
		}
		Class<?> type = (cause.getResolvableType() != null) ? cause.getResolvableType().resolve() : null;
		String name = BEANS.keySet().stream().filter((bean) -> isNamed(bean, cause)).findFirst().orElse(null);
		String required = ((description != null) ? description : "The application") + " required a bean that ";
		if (name == null && !INJECTED_BY_TYPE.contains(type)) {
			return analyzeLackOfQualifier(required, type, cause);
		}
		required += "could not be found. ";
		Class<?> missing = (name != null) ? BEANS.get(name) : type;
		boolean restClient = missing == RestClient.class;
		String reason = OnA55CredentialsCondition.reasonForNoClient(this.environment);
		if (!isAutoConfigured(reason)) {
			return new FailureAnalysis(required + NOT_AUTO_CONFIGURED, actionForTest(missing), cause);
		}
		if (reason != null) {
			return new FailureAnalysis(required + reason, action(restClient), cause);
		}
		if (!OnA55CredentialsCondition.hasDefaultAccount(this.environment)) {
			return analyzeLackOfDefaultAccount(required, cause);
		}
		return restClient ? new FailureAnalysis(
				required + "The A55 starter would define one, but 'a55.rest-client.enabled' is not true.",
				"Set 'a55.rest-client.enabled' to true, use the WebClient 'a55WebClient', or define a bean of your own.",
				cause) : null;
	}

	/**
	 * A test slice has neither the auto-configuration of the starter nor Boot's for
	 * WebClients. The report of conditions is gone when a failure is analyzed.
	 */
	private boolean isAutoConfigured(@Nullable String reason) {
		return this.beanFactory instanceof ListableBeanFactory beans && BeanFactoryUtils
			.beanNamesForTypeIncludingAncestors(beans, WebClientAutoConfiguration.class, false, false).length > 0
				&& (reason != null || this.beanFactory.containsBean(BeanNames.ACCOUNTS));
	}

	private FailureAnalysis analyzeLackOfDefaultAccount(String required, NoSuchBeanDefinitionException cause) {
		List<String> names = OnA55CredentialsCondition.accountNames(this.environment);
		return new FailureAnalysis(required
				+ "There is no default A55 account, because neither 'a55.client-id' nor 'a55.client-secret' is "
				+ "set, but there are the accounts: " + String.join(", ", names) + ".",
				"Inject A55Clients, which has the clients of these accounts, set both 'a55.client-id' and "
						+ "'a55.client-secret', or define a bean of your own.",
				cause);
	}

	private static String actionForTest(@Nullable Class<?> missing) {
		boolean restClient = missing == RestClient.class;
		String bean = restClient ? "RestClient a55RestClient"
				: (missing == A55Clients.class) ? "A55Clients a55Clients" : "WebClient a55WebClient";
		return "Mock the bean (@MockitoBean " + bean
				+ "), or add @ImportAutoConfiguration(A55AutoConfiguration.class) and set 'a55.client-id' and "
				+ "'a55.client-secret' to any value" + (restClient ? ", and 'a55.rest-client.enabled' to true." : ".");
	}

	private String action(boolean restClient) {
		if (!isEnabled()) {
			return "Remove 'a55.enabled=false', or define a bean of your own.";
		}
		return "Set both 'a55.client-id' and 'a55.client-secret' (A55_CLIENT_ID and A55_CLIENT_SECRET in the "
				+ "environment) to what A55 issued" + (restClient ? ", and 'a55.rest-client.enabled' to true" : "")
				+ ", or define a bean of your own.";
	}

	/**
	 * The bean may be that of a parent context. Spring Security then registers no manager
	 * for the child context, even if the child context does not use A55.
	 */
	private @Nullable FailureAnalysis analyzeLackOfQualifier(String required, @Nullable Class<?> type,
			NoSuchBeanDefinitionException cause) {
		return BEANS.entrySet()
			.stream()
			.filter((bean) -> bean.getValue() == type && this.beanFactory.containsBean(bean.getKey()))
			.map((bean) -> new FailureAnalysis(
					required + "the A55 starter offers by its qualifier only: '" + bean.getKey() + "'.",
					"Add @Qualifier(\"" + bean.getKey() + "\") to get the one for A55, or define one of your own.",
					cause))
			.findFirst()
			.orElse(null);
	}

	private boolean isEnabled() {
		return this.environment.getProperty("a55.enabled", Boolean.class, true);
	}

	private static boolean isNamed(String bean, NoSuchBeanDefinitionException cause) {
		return (cause.getBeanName() != null) ? bean.equals(cause.getBeanName())
				: String.valueOf(cause.getMessage()).contains('"' + bean + '"');
	}

}
