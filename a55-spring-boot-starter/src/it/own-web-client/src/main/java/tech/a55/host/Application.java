package tech.a55.host;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.client.WebClient;

@SpringBootApplication
public class Application {

	@Bean
	WebClient hostWebClient(@Value("${host.url}") String url) {
		return WebClient.create(url);
	}

	@Bean
	Clients clients(WebClient a55WebClient, WebClient hostWebClient) {
		return new Clients(a55WebClient, hostWebClient);
	}

	record Clients(WebClient a55, WebClient host) {
	}

}
