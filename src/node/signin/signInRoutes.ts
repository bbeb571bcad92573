import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import type { Pseudonym, PublicKey } from "#base";
import { readEnrolment } from "#contracts";
import { NodeError } from "../errors.ts";
import { accountRoutes } from "./accountRoutes.ts";
import { allowRoutes } from "./allowRoutes.ts";
import { invitationRoutes } from "./invitationRoutes.ts";
import { keeperRoutes } from "./keeperRoutes.ts";
import { keptKeys } from "./keepers.ts";
import { icon, protectiveHeaders } from "./pages/html.ts";
import { loadPageScript } from "./pages/pageScript.ts";
import { providerRoutes } from "./providerRoutes.ts";
import { type SignIn, strictTransport } from "./signIn.ts";
import { smartConfiguration } from "./smartConfiguration.ts";

/** What an institution's node answers to people and applications that sign in. */
export function signInRoutes(signIn: SignIn) {
	return async (app: FastifyInstance): Promise<void> => {
		// A file that was put back knows of nobody who was erased since.
		app.addHook("onReady", async () => forgetErasedBefore(signIn));
		const stop = forgetErased(signIn);
		app.addHook("onClose", async () => {
			stop();
			signIn.close();
		});
		for (const path of ["/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration"]) {
			app.get(path, async (_request, reply) => reply.header("access-control-allow-origin", "*").send(smartConfiguration(signIn)));
		}
		app.register(oauthRoutes(signIn), { prefix: "/oauth" });
		app.register(pageRoutes(signIn), { prefix: "/signin" });
		app.post("/api/invitations", async ({ body }) => {
			const { localId, proof } = await signIn.institution.gate.admitInvitation(body);
			return { url: `${signIn.origin}/signin/invitation#${signIn.invitations.invitePatient(localId, proof)}` };
		});
		app.post("/api/launches", async ({ body }) => {
			const launch = await signIn.institution.gate.admitLaunch(body);
			return { launch: signIn.launches.begin(launch), iss: signIn.fhirBase };
		});
	};
}

/** oidc-provider reads requests itself, so their bodies are left as they come. */
function oauthRoutes(signIn: SignIn) {
	return async (app: FastifyInstance): Promise<void> => {
		app.removeAllContentTypeParsers();
		app.addContentTypeParser("*", (_request, _payload, done) => done(null));
		app.all("/*", async (request, reply) => {
			// What cannot work is said before the answer is out of our hands.
			void signIn.provider;
			reply.hijack();
			await signIn.answer(request.raw, reply.raw);
		});
	};
}

function pageRoutes(signIn: SignIn) {
	return async (app: FastifyInstance): Promise<void> => {
		app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string", bodyLimit: 4_096 }, (_request, body, done) =>
			done(null, Object.fromEntries(new URLSearchParams(body as string))),
		);
		app.addHook("onSend", async (_request, reply) => {
			if (signIn.origin.startsWith("https:")) reply.header("strict-transport-security", strictTransport);
			for (const [name, value] of Object.entries(protectiveHeaders)) if (!reply.hasHeader(name)) reply.header(name, value);
		});
		app.get("/icon.svg", async (_request, reply) => reply.type("image/svg+xml").send(icon));
		app.get<{ Params: { "*": string } }>("/script/*", async ({ params }, reply) => {
			const text = loadPageScript().read(params["*"]);
			if (text === undefined) throw new NodeError("NODE_NOT_FOUND", "no such script");
			// Its hash is part of its address.
			return reply.header("cache-control", "public, max-age=31536000, immutable").type("text/javascript; charset=utf-8").send(text);
		});
		app.get("/words/english.txt", async (_request, reply) =>
			reply.header("cache-control", "public, max-age=86400").type("text/plain; charset=utf-8").send(englishWords()),
		);
		app.get("/words/common.bin", async (_request, reply) =>
			reply.header("cache-control", "public, max-age=86400").type("application/octet-stream").send(commonPasswords()),
		);
		app.register(keeperRoutes(signIn), { prefix: "/keepers" });
		app.register(providerRoutes(signIn), { prefix: "/provider" });
		app.register(accountRoutes(signIn), { prefix: "/account" });
		app.register(invitationRoutes(signIn), { prefix: "/invitation" });
		app.register(allowRoutes(signIn));
	};
}

/** Hashes of common passwords, for a page that judges a passphrase where it is typed (`knowledge/passphrases/SOURCE.md`). */
function commonPasswords(): Uint8Array {
	return readFileSync(new URL("../../../knowledge/passphrases/common.bin", import.meta.url));
}

function forgetErasedBefore(signIn: SignIn): void {
	if (!signIn.hasFile) return;
	const { ledger } = signIn.network;
	for (const key of keptKeys(signIn.database)) if (readEnrolment(ledger, key as unknown as Pseudonym)?.status === "destroyed") signIn.forget(key);
}

/** With the block that says a patient is erased, all that sign-in holds of their key goes. @returns Ends the watch. */
function forgetErased(signIn: SignIn): () => void {
	return signIn.network.ledger.onBlock(({ results }) => {
		for (const result of results) {
			if (!result.accepted) continue;
			for (const { type, data } of result.events) if (type === "consent.destroyed") signIn.forget(data.pseudonym as PublicKey);
		}
	});
}

/** The word list of BIP-39, for the 24 words of a wallet. */
function englishWords(): string {
	return readFileSync(new URL("../../../knowledge/bip39/english.txt", import.meta.url), "utf8");
}
