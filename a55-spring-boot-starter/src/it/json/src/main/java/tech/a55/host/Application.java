package tech.a55.host;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.ImportHttpServices;

@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class Application {

	interface Wallets {

		@PostExchange("wallet")
		Wallet create(@RequestBody Wallet wallet);

	}

	record Wallet(String walletUuid) {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class, clientType = ClientType.WEB_CLIENT)
	static class ReactiveInterfaceConfiguration {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class)
	static class BlockingInterfaceConfiguration {

	}

}
