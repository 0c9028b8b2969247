package tech.a55.host;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.spring.cache.HazelcastCacheManager;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cache.CacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Has a member of a cluster on loopback.
 */
@SpringBootApplication
public class Application {

	private final WebClient a55WebClient;

	public Application(WebClient a55WebClient) {
		this.a55WebClient = a55WebClient;
	}

	String call() {
		return this.a55WebClient.get().uri("wallet").retrieve().bodyToMono(String.class).block();
	}

	@Bean(destroyMethod = "shutdown")
	static HazelcastInstance hazelcast(@Value("${cluster}") String cluster, @Value("${port}") int port,
			@Value("${members}") String members) {
		Config config = new Config().setClusterName(cluster)
			.setProperty("hazelcast.phone.home.enabled", "false")
			.setProperty("hazelcast.logging.type", "slf4j");
		config.getNetworkConfig().setPort(port).setPortAutoIncrement(false);
		config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
		JoinConfig join = config.getNetworkConfig().getJoin();
		join.getAutoDetectionConfig().setEnabled(false);
		join.getMulticastConfig().setEnabled(false);
		join.getTcpIpConfig().setEnabled(true).addMember(members);
		return Hazelcast.newHazelcastInstance(config);
	}

	@Bean
	static CacheManager cacheManager(HazelcastInstance hazelcast) {
		return new HazelcastCacheManager(hazelcast);
	}

}
