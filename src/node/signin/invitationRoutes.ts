import type { FastifyInstance } from "fastify";
import { type CivilDay, encodeHex, isHex, type Pseudonym, parsePublicKey } from "#base";
import { readEnrolment } from "#contracts";
import { readTransaction } from "#ledger";
import { signAct, submitAll } from "../submit.ts";
import { assertSameOrigin } from "./allowRoutes.ts";
import { SignInError } from "./errors.ts";
import { languageOf } from "./pages/html.ts";
import { renderInvitationPage } from "./pages/invitationPage.ts";
import { loadPageScript } from "./pages/pageScript.ts";
import { cookieOf } from "./providerRoutes.ts";
import type { SignIn } from "./signIn.ts";

interface Accepting {
	readonly token?: unknown;
	readonly pseudonym?: unknown;
	readonly transaction?: unknown;
	readonly signed?: unknown;
	readonly kept?: unknown;
	readonly successorSignature?: unknown;
}

/** Where invited people bring their key: a patient's wallet, a colleague's ledger key; under `/signin/invitation`. */
export function invitationRoutes(signIn: SignIn) {
	const { institution, network } = signIn;
	return async (app: FastifyInstance): Promise<void> => {
		app.get("/", async (request, reply) => {
			const language = languageOf(request.headers["accept-language"]);
			const page = renderInvitationPage({ member: institution.id, house: institution.name }, language, loadPageScript(), network.randomBytes);
			return reply.headers(page.headers).type("text/html; charset=utf-8").send(page.html);
		});
		app.addHook("preHandler", async (request) => {
			signIn.assertHeard(request.ip);
			if (request.method === "POST") assertSameOrigin(signIn, request);
		});
		app.post<{ Body: Accepting }>("/look", async ({ body }) => {
			const invitation = signIn.invitations.look(body?.token);
			const { chain } = network.ledger;
			const place = { member: institution.id, house: institution.name, chain, timeMs: Math.max(network.now(), network.ledger.head().time) };
			if (invitation.kind === "staff") {
				const provider = invitation.subject === undefined ? undefined : signIn.staffProvider?.config.name;
				return { kind: "staff", name: invitation.name, credential: invitation.credential, ...(provider === undefined ? {} : { provider }), ...place };
			}
			return { kind: "patient", patientId: invitation.localId, ...place };
		});
		app.post<{ Body: Accepting }>("/countersign", async ({ body }) => {
			const pseudonym = parsePublicKey(String(body?.pseudonym)) as unknown as Pseudonym;
			const { localId } = signIn.invitations.bind(body?.token, pseudonym);
			const replaces = await institution.gate.enrolledAs(localId);
			// A key that was lost is replaced, not enrolled beside: the record stands under the former one until then.
			if (replaces !== undefined && replaces !== pseudonym) return { replaces };
			return { custodianSignature: await institution.gate.countersignEnrolment({ localId, pseudonym, delegates: [] }) };
		});
		app.post<{ Body: Accepting }>("/enrol", async ({ body }) => {
			await enrol(signIn, body ?? {});
			return { status: "enrolled" };
		});
		/** What a key is locked with by whoever has just come from the provider. */
		app.post<{ Body: Accepting & { readonly salt?: unknown } }>("/share", async (request, reply) => {
			const { staffProvider: provider } = signIn;
			if (provider === undefined) throw new SignInError("SIGNIN_PROVIDER_REFUSED", "this house has no identity provider of its own");
			const { body } = request;
			const salt = String(body?.salt);
			if (!isHex(salt, 16)) throw new SignInError("SIGNIN_BODY_INVALID", "expected a salt of 16 bytes", { at: "salt" });
			const cookie = cookieOf(signIn);
			const identity = provider.take(cookie.read(request));
			reply.header("set-cookie", cookie.end);
			signIn.invitations.bindProvided(body?.token, identity);
			return { share: provider.shareOf(identity, salt) };
		});
		app.post<{ Body: Accepting }>("/replace", async ({ body }) => {
			await replace(signIn, body ?? {});
			return { status: "announced" };
		});
		app.post<{ Body: Accepting }>("/staff", async ({ body }) => {
			await takeOn(signIn, body ?? {});
			return { status: "kept" };
		});
	};
}

/** May be called again until all of it is done: what is on the ledger already is not put there twice. */
async function enrol(signIn: SignIn, { token, transaction, signed, kept }: Accepting): Promise<void> {
	const { invitations, institution, network, keepers } = signIn;
	const { localId, pseudonym, proof } = invitations.lookFor(token, "patient");
	const read = readTransaction(transaction).transaction;
	if (read.contract !== "consent" || read.action !== "enrol" || read.signer !== pseudonym) throw differs();
	const keeping = await institution.gate.admitKeeping(signed);
	if (keeping.key !== pseudonym) throw differs();
	const enrolled = readEnrolment(network.ledger, pseudonym);
	if (enrolled?.status !== "active" || enrolled.custodian !== institution.id) await submitAll(network, institution, [read]);
	await institution.gate.completeEnrolment({ localId, pseudonym, proof });
	await keepers.keep(kept, keeping);
	invitations.use(token);
}

/** For somebody who has lost their key: the new one waits seven days, in which the former one may object. May be called again. */
async function replace(signIn: SignIn, { token, signed, kept, successorSignature }: Accepting): Promise<void> {
	const { invitations, institution, keepers, replacements } = signIn;
	const { localId, pseudonym: successor, proof } = invitations.lookFor(token, "patient");
	const keeping = await institution.gate.admitKeeping(signed);
	const pseudonym = await institution.gate.enrolledAs(localId);
	if (successor === undefined || keeping.key !== successor || pseudonym === undefined || pseudonym === successor) throw differs();
	await replacements.announce({ localId, pseudonym, successor, proof, successorSignature: String(successorSignature) });
	await keepers.keep(kept, keeping);
	invitations.use(token);
}

/** The key is the colleague's own; the house says on the ledger what they are here. */
async function takeOn(signIn: SignIn, { token, signed, kept }: Accepting): Promise<void> {
	const { invitations, institution, network, keepers } = signIn;
	const { credential: kind, validUntil, department, subject, provided } = invitations.lookFor(token, "staff");
	// Whom the house knows by its provider leaves a key by that alone: a passkey beside it would outlive what the provider ends.
	if (subject !== undefined && provided === undefined) throw differs();
	const keeping = await institution.gate.admitKeeping(signed);
	await keepers.keep(kept, { ...keeping, provided });
	// Before the ledger: of two at once with one invitation, one stops here.
	invitations.use(token);
	const body = {
		credentialId: encodeHex(network.randomBytes(16)),
		subject: keeping.key,
		kind,
		validUntil: validUntil as CivilDay,
		...(department === undefined ? {} : { department }),
	};
	await submitAll(network, institution, [signAct(network, institution.memberKey, { contract: "credentials", action: "issue", body })]);
}

function differs(): SignInError {
	return new SignInError("SIGNIN_ANSWER_DIFFERS", "expected an enrolment signed by the key that the invitation is held to");
}
