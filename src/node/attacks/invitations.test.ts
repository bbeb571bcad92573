import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalBytes, createSigningKey, type Digest, encodeHex, minuteMs, type SigningKey, sha256Hex } from "#base";
import { readCredentials, readEnrolment } from "#contracts";
import { buildEnrol, createWallet, keyOfPrf, lockSecret, type PseudonymKey } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { SignIn } from "../signin/signIn.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** What is tried against the desk's invitations and against the locked copies that people leave. */
const origin = "https://north.example";
let small: SmallNetwork;
let app: FastifyInstance;
let signIn: SignIn;
let clerk: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution(), { publicUrl: origin });
	signIn = new SignIn({ network: small.network, institution: small.institution(), origin: () => origin });
	clerk = await small.hire("practitioner");
});
afterAll(async () => {
	await app.close();
	signIn.close();
	await small.close();
});

const randomBytes = (length: number) => small.network.randomBytes(length);

async function post(url: string, payload: object, headers: Record<string, string> = {}) {
	const answer = await app.inject({ method: "POST", url, payload, headers });
	return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
}

/** The desk's invitation to somebody whose record is here. */
async function invite(given: string, staff = clerk) {
	const { localId } = await small.importPerson({ family: "Invited", given, birthDate: "1990-01-01" });
	const payload = small.sign(staff.key, { kind: "invite-patient", localId, document: "passport" });
	const { status, body } = await post("/api/invitations", payload);
	return { localId, status, body, token: String(body.url ?? "").split("#")[1] ?? "" };
}

/** What a browser leaves: a copy locked by a passphrase's key, and the proof. */
async function keptBy(key: SigningKey, secret: Uint8Array, name: string, proof = encodeHex(randomBytes(32))) {
	const salt = encodeHex(randomBytes(16));
	const locked = await lockSecret(secret, { kind: "wallet-seed", by: "passphrase", key: keyOfPrf(randomBytes(32), salt), salt, randomBytes });
	const kept = { locked, login: { by: "passphrase", name, proof }, note: "", rotation: 0 };
	const signed = small.sign(key, { kind: "keep-key", digest: sha256Hex(canonicalBytes(kept)) as Digest });
	return { kept, signed, proof };
}

function newWallet() {
	const seed = randomBytes(32);
	const key = createWallet(seed).pseudonymKey("north" as never, 0);
	return { seed, key };
}

async function enrol(token: string, name: string, { seed, key }: { seed: Uint8Array; key: PseudonymKey } = newWallet()) {
	const countersigned = await post("/signin/invitation/countersign", { token, pseudonym: key.publicKey });
	const context = { chain: small.network.ledger.chain, nowMs: small.network.now(), randomBytes };
	const custodianSignature = (countersigned.body.custodianSignature ?? "00".repeat(64)) as never;
	const transaction = buildEnrol(key, { custodian: "north" as never, custodianSignature }, context);
	const { kept, signed, proof } = await keptBy(key, seed, name);
	return { ...(await post("/signin/invitation/enrol", { token, transaction, signed, kept })), key, proof, countersigned };
}

describe("invitations", () => {
	it("[SI45] binds record and wallet after proof of identity: the patient then reads their own record, and gets the copy back", async () => {
		const { token, localId, body } = await invite("Anna");
		expect(body.url).toMatch(/^https:\/\/north\.example\/signin\/invitation#[A-Za-z0-9_-]{32}$/);
		expect((await post("/signin/invitation/look", { token })).body).toMatchObject({ kind: "patient", patientId: localId, member: "north" });
		const { status, key, proof } = await enrol(token, "anna");
		expect(status).toBe(200);
		expect(readEnrolment(small.network.ledger, key.publicKey)).toMatchObject({ status: "active", custodian: "north" });
		const own = await small.read(key, byLocal(localId), { classes: ["laboratory"], purpose: "PATRQT" });
		expect(own.classes[0]?.status).toBe("released");
		const back = await post("/signin/keepers/passphrase/open", { name: "anna", proof });
		expect(back.body).toMatchObject({ key: key.publicKey, locked: { kind: "wallet-seed" } });
	});

	it("[SI46] replayed, guessed, late, or brought by a second key: nothing, and the same answer for all", async () => {
		const { token } = await invite("Berit");
		const first = newWallet();
		expect((await post("/signin/invitation/countersign", { token, pseudonym: first.key.publicKey })).status).toBe(200);
		const refused = { code: "SIGNIN_INVITATION_INVALID" };
		const second = newWallet();
		expect((await post("/signin/invitation/countersign", { token, pseudonym: second.key.publicKey })).body).toMatchObject(refused);
		expect((await enrol(token, "berit", first)).status).toBe(200);
		expect((await post("/signin/invitation/look", { token })).body).toMatchObject(refused);
		expect((await enrol(token, "berit2", first)).body).toMatchObject(refused);
		const late = await invite("Carl");
		small.advance(24 * 60 * minuteMs + 1);
		const guessed = ["", "x", "0".repeat(32), `${late.token.slice(0, -1)}_`, late.token];
		const answers = await Promise.all(guessed.map((each) => post("/signin/invitation/look", { token: each })));
		for (const { status, body } of answers) expect([status, body]).toEqual([404, expect.objectContaining(refused)]);
		for (const odd of [undefined, 1, {}, ["a"]]) expect((await post("/signin/invitation/look", { token: odd })).body).toMatchObject(refused);
	});

	it("[SI46] another person's enrolment, or another act, is not put on the ledger by an invitation", async () => {
		const { token } = await invite("Dag");
		const own = newWallet();
		await post("/signin/invitation/countersign", { token, pseudonym: own.key.publicKey });
		const other = newWallet();
		const context = { chain: small.network.ledger.chain, nowMs: small.network.now(), randomBytes };
		const transaction = buildEnrol(other.key, { custodian: "north" as never, custodianSignature: "00".repeat(64) as never }, context);
		for (const key of [own.key, other.key]) {
			const { kept, signed } = await keptBy(key, other.seed, "dag");
			expect((await post("/signin/invitation/enrol", { token, transaction, signed, kept })).body).toMatchObject({ code: "SIGNIN_ANSWER_DIFFERS" });
		}
		expect(readEnrolment(small.network.ledger, other.key.publicKey)).toBeUndefined();
	});

	it("[SI46] the desk alone invites, to a record that is here; others and absent records are answered alike", async () => {
		const outsider = await small.hire("practitioner", { member: "south" });
		const researcher = await small.hire("researcher");
		const someone = { key: createSigningKey(randomBytes(32)), credentialId: "", member: "north" };
		for (const staff of [outsider, researcher, someone]) expect((await invite("Eva", staff)).body).toMatchObject({ code: "GATE_NOT_AVAILABLE" });
		const absent = small.sign(clerk.key, { kind: "invite-patient", localId: "nobody", document: "passport" });
		expect((await post("/api/invitations", absent)).body).toMatchObject({ code: "GATE_NOT_AVAILABLE" });
	});

	it("[SI47] a colleague's own key gets the house's credential, once for each invitation", async () => {
		const day = new Date(small.network.now() + 30 * 24 * 60 * minuteMs).toISOString().slice(0, 10);
		const token = signIn.invitations.inviteStaff({ kind: "staff", name: "Dr. Frey", credential: "practitioner", validUntil: day });
		const secret = randomBytes(32);
		const key = createSigningKey(secret);
		const salt = encodeHex(randomBytes(16));
		const locked = await lockSecret(secret, { kind: "ledger-key", by: "passphrase", key: keyOfPrf(randomBytes(32), salt), salt, randomBytes });
		const kept = { locked, login: { by: "passphrase", name: "dr.frey", proof: encodeHex(randomBytes(32)) }, note: "", rotation: 0 };
		const signed = small.sign(key, { kind: "keep-key", digest: sha256Hex(canonicalBytes(kept)) as Digest });
		expect((await post("/signin/invitation/staff", { token, signed, kept })).status).toBe(200);
		expect(readCredentials(small.network.ledger, key.publicKey, small.network.now())).toMatchObject([{ kind: "practitioner", issuer: "north" }]);
		const again = createSigningKey(randomBytes(32));
		const { kept: more, signed: moreSigned } = await keptBy(again, secret, "dr.frey2");
		expect((await post("/signin/invitation/staff", { token, signed: moreSigned, kept: more })).body).toMatchObject({
			code: "SIGNIN_INVITATION_INVALID",
		});
		for (const wrong of [{ credential: "relationship" }, { credential: "king" }, { validUntil: "soon" }, { more: 1 }]) {
			const input = { kind: "staff", name: "X", credential: "practitioner", validUntil: day, ...wrong };
			expect(() => signIn.invitations.inviteStaff(input)).toThrow(expect.objectContaining({ code: "SIGNIN_BODY_INVALID" }));
		}
	});
});

it("[SI45] the words are those of BIP-39", async () => {
	const { body } = await app.inject({ url: "/signin/words/english.txt" });
	expect(sha256Hex(new TextEncoder().encode(body))).toBe("2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
	expect(body.trim().split("\n")).toHaveLength(2_048);
});

describe("locked copies", () => {
	it("[SI43] guessing at a name is slowed down, whether anybody has it or not, and another's is not", async () => {
		const { token } = await invite("Gro");
		const { proof } = await enrol(token, "gro");
		await enrol((await invite("Hans")).token, "hans");
		const guess = (name: string, shown = encodeHex(randomBytes(32))) => post("/signin/keepers/passphrase/open", { name, proof: shown });
		for (const name of ["gro", "nobody.here"]) {
			for (let count = 0; count < 5; count++) expect((await guess(name)).body).toMatchObject({ code: "SIGNIN_REFUSED" });
			expect((await guess(name)).body).toMatchObject({ code: "SIGNIN_TOO_OFTEN", details: { waitS: 60 } });
		}
		expect((await guess("gro", proof)).body, "the right one is not heard either").toMatchObject({ code: "SIGNIN_TOO_OFTEN" });
		expect((await guess("hans")).body).toMatchObject({ code: "SIGNIN_REFUSED" });
		small.advance(minuteMs);
		expect((await guess("gro")).body).toMatchObject({ code: "SIGNIN_REFUSED" });
		expect((await guess("gro")).body).toMatchObject({ code: "SIGNIN_TOO_OFTEN", details: { waitS: 120 } });
		small.advance(2 * minuteMs);
		expect((await guess("gro", proof)).status).toBe(200);
		expect((await guess("gro")).body).toMatchObject({ code: "SIGNIN_REFUSED" });
	});

	it("[SI43] the salt of a name that nobody has looks like any other and stays the same", async () => {
		const salt = async (name: string) => (await post("/signin/keepers/passphrase/begin", { name })).body.salt;
		expect(await salt("nobody.at.all")).toMatch(/^[0-9a-f]{32}$/);
		expect(await salt("nobody.at.all")).toBe(await salt("nobody.at.all"));
		expect(await salt("nobody.at.all")).not.toBe(await salt("nobody.else"));
	});

	it("[SI44] a copy is left by its own key alone: not unsigned, altered, under a name in use, or by a stranger", async () => {
		const seed = randomBytes(32);
		const { kept, signed } = await keptBy(clerk.key, seed, "clerk");
		expect((await post("/signin/keepers", { signed, kept: { ...kept, rotation: 1 } })).body).toMatchObject({ code: "SIGNIN_ANSWER_DIFFERS" });
		expect((await post("/signin/keepers", { signed, kept })).body, "a signature serves once").toMatchObject({ code: "GATE_REQUEST_REPLAYED" });
		const again = await keptBy(clerk.key, seed, "clerk");
		expect((await post("/signin/keepers", again)).status).toBe(200);
		const colleague = await small.hire("practitioner");
		expect((await post("/signin/keepers", await keptBy(colleague.key, seed, "clerk"))).body).toMatchObject({ code: "SIGNIN_REFUSED" });
		const stranger = createSigningKey(randomBytes(32));
		expect((await post("/signin/keepers", await keptBy(stranger, seed, "stranger"))).body).toMatchObject({ code: "SIGNIN_REFUSED" });
		const foreign = await keptBy(clerk.key, seed, "clerk3");
		expect((await post("/signin/keepers", foreign, { origin: "https://evil.example" })).body).toMatchObject({ code: "SIGNIN_FOREIGN_PAGE" });
		expect((await post("/signin/keepers", {})).body).toMatchObject({ code: "GATE_REQUEST_INVALID" });
	});

	it("[SI42] a passkey's answer without a challenge of ours, or of another site's, opens nothing", async () => {
		const response = {
			id: "AA",
			rawId: "AA",
			type: "public-key",
			clientExtensionResults: {},
			response: { clientDataJSON: "AA", authenticatorData: "AA", signature: "AA" },
		};
		const { challenge } = (await post("/signin/keepers/passkey/begin", {})).body;
		for (const each of [{ challenge, response }, { challenge, response }, { challenge: "00".repeat(16), response }, { response }, {}]) {
			expect((await post("/signin/keepers/passkey/open", each)).body).toMatchObject({ code: "SIGNIN_REFUSED" });
		}
		const leaking = { challenge, response: { ...response, clientExtensionResults: { prf: { results: { first: "AA" } } } } };
		expect((await post("/signin/keepers/passkey/open", leaking)).body, "what the PRF gave is not taken").toMatchObject({ code: "SIGNIN_REFUSED" });
	});

	it("[SI52] a consent of an invited patient works like any other's", async () => {
		const { token, localId } = await invite("Ivar");
		const { key } = await enrol(token, "ivar");
		const patient = { localId, key, pseudonym: key.publicKey, custodian: "north" } as never;
		await small.grant(patient, toPractitioners("north", ["laboratory"]));
		expect((await small.read(clerk.key, byLocal(localId), { classes: ["laboratory"] })).resources).toHaveLength(1);
	});
});
