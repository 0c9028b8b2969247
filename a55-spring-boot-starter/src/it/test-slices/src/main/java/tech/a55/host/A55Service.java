package tech.a55.host;

import org.springframework.stereotype.Service;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * No slice has this bean, which needs the client.
 */
@Service
class A55Service {

	A55Service(WebClient a55WebClient) {
	}

}
