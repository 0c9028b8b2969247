package tech.a55.host;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class Application {

	@GetMapping("/wallet")
	Wallet wallet() {
		return new Wallet("w1");
	}

	record Wallet(String id) {
	}

}
