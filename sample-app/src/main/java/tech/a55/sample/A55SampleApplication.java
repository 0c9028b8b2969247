package tech.a55.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;

/**
 * An application that uses the starter. The {@link HttpExchange} interfaces in group
 * {@code a55} and the bean {@code a55WebClient} are authenticated without further
 * configuration.
 */
@SpringBootApplication
@ImportHttpServices(group = "a55", clientType = HttpServiceGroup.ClientType.WEB_CLIENT, types = WalletService.class)
public class A55SampleApplication {

	public static void main(String[] args) {
		SpringApplication.run(A55SampleApplication.class, args);
	}

}
