package tech.a55.sample.simulator;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.log.LogMessage;
import org.springframework.util.StringUtils;

/**
 * Starts an {@link A55Simulator} if the application has no A55 credentials, and gives it
 * the credentials of the simulator. If only one of the two credentials is set, that is a
 * mistake, which the starter reports.
 */
final class SimulatorInitializer implements ApplicationContextInitializer<GenericApplicationContext> {

	private static final Log logger = LogFactory.getLog(SimulatorInitializer.class);

	private static final String BEAN_NAME = "a55Simulator";

	@Override
	public void initialize(GenericApplicationContext context) {
		ConfigurableEnvironment environment = context.getEnvironment();
		if (StringUtils.hasLength(environment.getProperty("a55.client-id"))
				|| StringUtils.hasLength(environment.getProperty("a55.client-secret"))) {
			return;
		}
		Duration tokenLifetime = Binder.get(environment)
			.bind("sample.simulator.token-lifetime", Duration.class)
			.orElse(Duration.ofSeconds(60));
		A55Simulator simulator = A55Simulator.start(tokenLifetime, InstantSource.system());
		stopWithContext(simulator, context.getDefaultListableBeanFactory());
		addProperties(simulator, environment.getPropertySources());
		logger.info(LogMessage.format("Running against a simulator of A55 at %s. To call A55 itself, set "
				+ "A55_CLIENT_ID and A55_CLIENT_SECRET", simulator.baseUrl()));
	}

	/**
	 * Unlike a listener, this also stops the simulator if the context fails to start.
	 */
	private static void stopWithContext(A55Simulator simulator, DefaultListableBeanFactory beanFactory) {
		beanFactory.registerSingleton(BEAN_NAME, simulator);
		beanFactory.registerDisposableBean(BEAN_NAME, simulator::close);
	}

	private static void addProperties(A55Simulator simulator, MutablePropertySources propertySources) {
		propertySources.addFirst(new MapPropertySource(BEAN_NAME,
				Map.of("a55.client-id", simulator.clientId(), "a55.client-secret", simulator.clientSecret(),
						"a55.base-url", simulator.baseUrl(), "a55.token-uri", simulator.tokenUri(),
						"a55.clients.shop.client-id", simulator.shopClientId(), "a55.clients.shop.client-secret",
						simulator.shopClientSecret())));
		Map<String, Object> wallet = simulator.firstWallet();
		propertySources.addLast(new MapPropertySource(BEAN_NAME + "Defaults", Map.of("sample.customer-id",
				wallet.get("customer_id"), "sample.wallet-uuid", wallet.get("wallet_uuid"))));
	}

}
