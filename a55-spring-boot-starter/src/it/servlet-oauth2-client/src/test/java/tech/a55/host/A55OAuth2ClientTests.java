package tech.a55.host;

class A55OAuth2ClientTests extends AbstractA55OAuth2ClientTests {

	A55OAuth2ClientTests() {
		super(Application.class);
	}

}
