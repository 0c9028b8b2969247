package tech.a55.host;

import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(AheadOfTime.class)
class A55AheadOfTimeOAuth2ClientTests extends A55OAuth2ClientTests {

}
