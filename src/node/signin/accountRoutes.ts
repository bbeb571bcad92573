import type { FastifyInstance } from "fastify";
import { actOnAccount } from "./account.ts";
import { assertSameOrigin } from "./allowRoutes.ts";
import type { SignIn } from "./signIn.ts";

/** Where a person reviews and takes back what they allowed, and what is kept of them; under `/signin/account`. */
export function accountRoutes(signIn: SignIn) {
	return async (app: FastifyInstance): Promise<void> => {
		app.addHook("preHandler", async (request) => {
			signIn.assertHeard(request.ip);
			assertSameOrigin(signIn, request);
		});
		app.post("/", async ({ body }) => {
			const { key, act } = await signIn.institution.gate.admitAccount(body);
			return actOnAccount(signIn, key, act);
		});
		/** Whether somebody who opened their key here is still signed in, as far as this node is asked. */
		app.post<{ Body: { readonly sitting?: unknown } }>("/sitting", async ({ body }) => signIn.sittings.look(body?.sitting));
	};
}
