import type { FastifyInstance } from "fastify";
import type { Network } from "../network.ts";
import { SignInError } from "./errors.ts";
import { SignIn } from "./signIn.ts";

interface OfMember {
	readonly Params: { readonly member: string; readonly client: string };
}

/** The operator's acts about sign-in, on the owner's socket: applications and invitations of colleagues. */
export function signInAdminRoutes(network: Network) {
	const opened = new Map<string, SignIn>();
	const signInOf = (member: string): SignIn => {
		const known = opened.get(member);
		if (known !== undefined) return known;
		const signIn = new SignIn({ network, institution: network.institution(member), origin: noOrigin });
		opened.set(member, signIn);
		return signIn;
	};
	return async (app: FastifyInstance): Promise<void> => {
		app.addHook("onClose", async () => {
			for (const signIn of opened.values()) signIn.close();
			opened.clear();
		});
		app.get<OfMember>("/members/:member/apps", async ({ params }) => signInOf(params.member).apps.list());
		app.post<OfMember>("/members/:member/apps", async ({ params, body }) => signInOf(params.member).apps.register(body));
		app.delete<OfMember>("/members/:member/apps/:client", async ({ params }) => {
			signInOf(params.member).apps.remove(params.client);
			return { status: "removed" };
		});
		app.get<OfMember>("/members/:member/sign-in-failures", async ({ params }) => signInOf(params.member).failures.list());
		app.post<OfMember>("/members/:member/staff-invitations", async ({ params, body }) => {
			// Behind the address under which the house is reached, which the socket does not know.
			return { path: `/signin/invitation#${signInOf(params.member).invitations.inviteStaff(body)}` };
		});
	};
}

/** Nothing here is answered to a browser. */
function noOrigin(): never {
	throw new SignInError("SIGNIN_ADDRESS_INVALID", "the owner's socket has no address for browsers");
}
