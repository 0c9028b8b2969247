package tech.a55.host;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

@SpringBootApplication
@EnableScheduling
@RestController
public class Application {

	final CompletableFuture<String> scheduled = new CompletableFuture<>();

	private final WebClient a55WebClient;

	Application(WebClient a55WebClient) {
		this.a55WebClient = a55WebClient;
	}

	@GetMapping("/a55")
	String call() {
		return this.a55WebClient.get().uri("wallet").retrieve().bodyToMono(String.class).block();
	}

	@GetMapping("/open")
	String open() {
		return "open";
	}

	@PostMapping("/open")
	String post() {
		return "posted";
	}

	@Scheduled(fixedDelay = 1, timeUnit = TimeUnit.DAYS)
	void callOnSchedule() {
		try {
			this.scheduled.complete(call());
		}
		catch (RuntimeException ex) {
			this.scheduled.completeExceptionally(ex);
		}
	}

}
