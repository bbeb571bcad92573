import type { SignIn } from "./signIn.ts";

/** `/.well-known/smart-configuration` (SMART App Launch 2.2, conformance). It lists what works here and nothing else. */
export function smartConfiguration({ origin }: Pick<SignIn, "origin">) {
	const issuer = `${origin}/oauth`;
	return {
		issuer,
		jwks_uri: `${issuer}/jwks`,
		authorization_endpoint: `${issuer}/authorize`,
		token_endpoint: `${issuer}/token`,
		introspection_endpoint: `${issuer}/introspect`,
		revocation_endpoint: `${issuer}/revoke`,
		token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
		token_endpoint_auth_signing_alg_values_supported: ["RS384", "ES384"],
		grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
		response_types_supported: ["code"],
		code_challenge_methods_supported: ["S256"],
		scopes_supported: ["openid", "fhirUser", "launch", "launch/patient", "offline_access", "patient/*.cruds", "user/*.cruds", "system/*.rs"],
		capabilities: [
			"launch-standalone",
			"launch-ehr",
			"client-public",
			"client-confidential-symmetric",
			"client-confidential-asymmetric",
			"sso-openid-connect",
			"context-ehr-patient",
			"context-standalone-patient",
			"context-banner",
			"permission-offline",
			"permission-patient",
			"permission-user",
			"permission-v1",
			"permission-v2",
		],
	};
}
