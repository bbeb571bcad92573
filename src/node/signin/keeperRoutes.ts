import type { FastifyInstance } from "fastify";
import { assertSameOrigin } from "./allowRoutes.ts";
import { SignInError } from "./errors.ts";
import type { SignIn } from "./signIn.ts";

/** Where browsers leave locked copies of keys and fetch them again; under `/signin/keepers`. */
export function keeperRoutes(signIn: SignIn) {
	return async (app: FastifyInstance): Promise<void> => {
		app.addHook("preHandler", async (request) => {
			signIn.assertHeard(request.ip);
			assertSameOrigin(signIn, request);
		});
		app.post("/passkey/begin", async () => signIn.keepers.challenge());
		app.post("/passkey/open", async ({ body, headers }) => signIn.keepers.openByPasskey(body, headers["user-agent"]));
		app.post<{ Body: { readonly name?: unknown } }>("/passphrase/begin", async ({ body }) => ({ salt: signIn.keepers.saltOf(body?.name) }));
		app.post("/passphrase/open", async ({ body, headers }) => signIn.keepers.openByPassphrase(body, headers["user-agent"]));
		/** One more way to one's own key, for who stands here already. */
		app.post<{ Body: { readonly signed?: unknown; readonly kept?: unknown } }>("/", async ({ body }) => {
			const keeping = await signIn.institution.gate.admitKeeping(body?.signed);
			if (keeping.stands === "not") throw new SignInError("SIGNIN_REFUSED", "expected the key of somebody of this house, or of its patient");
			await signIn.keepers.keep(body?.kept, keeping);
			return { status: "kept" };
		});
	};
}
