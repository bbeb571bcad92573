import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeUtf8, encodeUtf8, type MemberId, type Pseudonym, type SubjectId } from "#base";
import { readEnrolment, readLogs } from "#contracts";
import { collectEvidence, type Ledger, type StateProof } from "#ledger";
import { type Keyring, unenrolledPseudonym } from "#vault";
import { buildEnrol, buildRotate, createWallet, type PseudonymKey } from "#wallet";
import { type KeyringPlacement, openInstitution } from "../institution.ts";
import { pinsOf } from "../ledgerVerifier.ts";
import { loadDemoPassphrase } from "../network.ts";
import { signAct, submitAll } from "../submit.ts";
import { codeOf, openSmallNetwork, type SmallNetwork, type SmallPatient } from "../testing/smallNetwork.ts";

/**
 * Invariant 2: a gate that somebody has changed tells the keyring that a patient has a pseudonym of the gate's own, so that the accesses stand in a
 * history that nobody reads, or that a log of its own is one of the ledger's. The keyring judges evidence of the ledger itself.
 */
describe.each<KeyringPlacement>(["in-process", "process"])("a keyring (%s) under a gate that lies about the ledger", (placement) => {
	let small: SmallNetwork;
	let forged: SmallNetwork;
	let keyring: Keyring;
	let ledger: Ledger;
	let patient: SmallPatient;
	let other: SmallPatient;
	/** Has a record here and is not enrolled. */
	let newcomer: SubjectId;
	let seed = 0;

	beforeAll(async () => {
		// The same chain's name and members, and keys of its own.
		[small, forged] = await Promise.all([openSmallNetwork({ keyring: placement }), openSmallNetwork()]);
		keyring = small.institution().keyring;
		ledger = small.network.ledger;
		patient = await small.admit({ family: "Holm", given: "Signe", birthDate: "1961-01-02" });
		other = await small.admit({ family: "Iversen", given: "Tor", birthDate: "1962-03-04" });
		const { localId } = await small.importPerson({ family: "Juhl", given: "Mads", birthDate: "1963-05-06" });
		const { store } = small.institution();
		newcomer = (await store.findSubjects("local-id", await keyring.lookupToken("local-id", localId)))[0] as SubjectId;
	});
	afterAll(async () => {
		await small?.close();
		await forged?.close();
	});

	const newKey = (custodian = "north") => createWallet(new Uint8Array(32).fill(100 + seed++)).pseudonymKey(custodian as MemberId, 0);
	const contextOf = ({ network }: SmallNetwork) => ({ chain: network.ledger.chain, nowMs: network.now(), randomBytes: network.randomBytes });

	/** Puts an enrolment on a ledger, with the custodian's own hand: whoever runs the gate has that key. */
	async function enrol(at: SmallNetwork, key: PseudonymKey, custodian = "north"): Promise<void> {
		const { id, gate } = at.institution(custodian);
		const { localId } = await at.importPerson({ family: `Nobody${seed++}`, given: "No", birthDate: "1970-01-01" }, custodian);
		const custodianSignature = await gate.countersignEnrolment({ localId, pseudonym: key.publicKey, delegates: [] });
		await submitAll(at.network, at.institution(custodian), [buildEnrol(key, { custodian: id, custodianSignature }, contextOf(at))]);
	}

	async function enrolmentsOn(at: Ledger, ...pseudonyms: readonly Pseudonym[]): Promise<Uint8Array> {
		expect(await at.cosigned(5_000)).toBe(true);
		return collectEvidence(at, (state) => pseudonyms.forEach((pseudonym) => void readEnrolment(state, pseudonym)));
	}
	const enrolments = (...pseudonyms: readonly Pseudonym[]) => enrolmentsOn(ledger, ...pseudonyms);
	async function standings(): Promise<Uint8Array> {
		await ledger.cosigned(5_000);
		return collectEvidence(ledger, (state) => void readLogs(state, "north" as MemberId));
	}
	const alter = (evidence: Uint8Array, change: (proof: StateProof) => object) =>
		encodeUtf8(JSON.stringify((JSON.parse(decodeUtf8(evidence)) as StateProof[]).map(change)));
	const subjectOf = async (who: SmallPatient) => (await keyring.subjectOf(who.pseudonym)) as SubjectId;
	/** Why a claim was refused. */
	async function reasonOf(claim: Promise<unknown>): Promise<unknown> {
		const error = await claim.then(
			() => undefined,
			(thrown: unknown) => thrown as { readonly details?: { readonly reason?: unknown } },
		);
		return error === undefined ? "taken" : error.details?.reason;
	}

	it("[VA87] a record is not bound to a key that the gate made, shown with no evidence or with any", async () => {
		const own = newKey().publicKey;
		expect(await reasonOf(keyring.bind(newcomer, own))).toBe("missing");
		expect(await reasonOf(keyring.bind(newcomer, own, await enrolments(own)))).toBe("not-enrolled");
		expect(await reasonOf(keyring.bind(newcomer, own, await enrolments(patient.pseudonym)))).toBe("incomplete");
		// Nor is one begun under such a key.
		expect(await reasonOf(keyring.createSubject("ab".repeat(16) as SubjectId, own))).toBe("not-the-stand-in");
		expect(await keyring.pseudonymOf(newcomer)).toBe(unenrolledPseudonym(newcomer));
	});

	it("[VA87] a pseudonym that is enrolled at another custodian is none here", async () => {
		const elsewhere = newKey("south");
		await enrol(small, elsewhere, "south");
		expect(await reasonOf(keyring.bind(newcomer, elsewhere.publicKey, await enrolments(elsewhere.publicKey)))).toBe("custodian-differs");
	});

	it("[VA88] an enrolled patient's record is not moved to another pseudonym, not even to one that the custodian properly enrolled", async () => {
		const own = newKey();
		await enrol(small, own);
		const subject = await subjectOf(patient);
		expect(await reasonOf(keyring.bind(subject, own.publicKey, await enrolments(own.publicKey, patient.pseudonym)))).toBe("not-the-successor");
		expect(await reasonOf(keyring.bind(subject, own.publicKey, await enrolments(own.publicKey)))).toBe("incomplete");
		// Another patient's rotation is not this one's.
		const successor = newKey();
		await rotate(other, other.key, successor);
		const shown = await enrolments(successor.publicKey, other.pseudonym, patient.pseudonym);
		expect(await reasonOf(keyring.bind(subject, successor.publicKey, shown))).toBe("not-the-successor");
		await small.institution().gate.completeEnrolment({ localId: other.localId, pseudonym: successor.publicKey });
		expect(await keyring.pseudonymOf(subject)).toBe(patient.pseudonym);
		other = { ...other, key: successor, pseudonym: successor.publicKey };
	});

	it("[VA88] a patient who rotated twice before the desk heard of it is bound to the last", async () => {
		const subject = await subjectOf(other);
		const [second, third] = [newKey(), newKey()];
		await rotate(other, other.key, second);
		await rotate({ ...other, pseudonym: second.publicKey }, second, third);
		const { gate } = small.institution();
		expect(await codeOf(gate.completeEnrolment({ localId: other.localId, pseudonym: second.publicKey }))).toBe("GATE_NOT_AVAILABLE");
		await gate.completeEnrolment({ localId: other.localId, pseudonym: third.publicKey });
		expect(await keyring.pseudonymOf(subject)).toBe(third.publicKey);
		other = { ...other, key: third, pseudonym: third.publicKey };
	});

	async function rotate(who: SmallPatient, key: PseudonymKey, successor: PseudonymKey): Promise<void> {
		const { pseudonym } = who;
		await submitAll(small.network, small.institution(), [buildRotate(key, { pseudonym, successor }, contextOf(small))]);
	}

	it("[VA86] a ledger that the gate sealed and witnessed itself, under the same names, shows nothing", async () => {
		const own = newKey();
		await enrol(forged, own);
		const shown = await enrolmentsOn(forged.network.ledger, own.publicKey);
		expect(await reasonOf(keyring.bind(newcomer, own.publicKey, shown))).toBe("not-proven");
		// Nor with its proofs under the true ledger's checkpoint, or with one byte of a true proof changed.
		const [{ checkpoint }] = JSON.parse(decodeUtf8(await enrolments(patient.pseudonym))) as [StateProof];
		expect(
			await reasonOf(
				keyring.bind(
					newcomer,
					own.publicKey,
					alter(shown, (proof) => ({ ...proof, checkpoint })),
				),
			),
		).toBe("not-proven");
		const true_ = await enrolments(patient.pseudonym);
		const lies = alter(true_, (proof) => ({ ...proof, key: `e/${own.publicKey}` }));
		expect(await reasonOf(keyring.bind(newcomer, own.publicKey, lies))).toBe("not-proven");
		for (const noise of [encodeUtf8("[]"), encodeUtf8("[null]"), encodeUtf8("{"), new Uint8Array([0xff, 0xfe]), encodeUtf8('[{"key":1}]')]) {
			expect(await reasonOf(keyring.bind(newcomer, own.publicKey, noise))).toBe("not-proven");
		}
	});

	it("[VA86] what the sealer alone signed is not taken where the pins name witnesses", async () => {
		const key = newKey();
		await enrol(small, key);
		const shown = await enrolments(key.publicKey);
		const withoutWitnesses = alter(shown, (proof) => ({
			...proof,
			checkpoint: proof.checkpoint
				.split("\n")
				.filter((line) => !line.includes("/witness/"))
				.join("\n"),
		}));
		expect(decodeUtf8(withoutWitnesses).length).toBeLessThan(shown.length);
		expect(await reasonOf(keyring.bind(newcomer, key.publicKey, withoutWitnesses))).toBe("not-witnessed");
		expect(await keyring.pseudonymOf(newcomer)).toBe(unenrolledPseudonym(newcomer));
	});

	it("[VA90] the ledger as it was before what the keyring has seen is not taken again", async () => {
		const key = newKey();
		await enrol(small, key);
		const before = await enrolments(key.publicKey);
		const later = newKey();
		await enrol(small, later);
		await keyring.showLogs(await standings());
		expect(await reasonOf(keyring.bind(newcomer, key.publicKey, before))).toBe("older-than-seen");
	});

	it("[VA89] a log of the gate's own opens nothing, and one that was closed is not opened again by its registration", async () => {
		const by = small.institution();
		const act = (action: string, body: Record<string, never> | object) =>
			submitAll(small.network, by, [signAct(small.network, by.memberKey, { contract: "access", action, body: body as never })]);
		await keyring.showLogs(await standings());
		expect(await keyring.honoursLog("north-own")).toBe(false);
		await act("registerLog", { log: "north-own", writer: by.log.writer });
		const registration = await standings();
		await keyring.showLogs(registration);
		expect(await keyring.honoursLog("north-own")).toBe(true);
		await act("closeLog", { log: "north-own", successor: "", sizeLost: 0 });
		// The node's own gate shows the closure as soon as it is sealed.
		while (await keyring.honoursLog("north-own")) await new Promise((resolve) => setTimeout(resolve, 5));
		expect(await reasonOf(keyring.showLogs(registration))).toBe("older-than-seen");
		expect(await keyring.honoursLog("north-own")).toBe(false);
		expect(await keyring.honoursLog("north-1")).toBe(true);
	});

	it("[VA85] a keyring that was made for one ledger opens for no other, nor for a node that leaves the ledger out", async () => {
		await small.close();
		const foreign = pinsOf(forged.network.genesis);
		expect(foreign).not.toBe(pinsOf(small.network.genesis));
		const folder = `${small.folder}/members/north`;
		const { now, randomBytes } = forged.network;
		const open = openInstitution({
			...{ folder, id: "north" as MemberId, name: "North Hospital", ledger: forged.network.ledger, pins: foreign, now, randomBytes },
			...{ passphrase: loadDemoPassphrase(folder, randomBytes), keyring: placement },
		});
		expect(await codeOf(open)).toBe("VAULT_LEDGER_DIFFERS");
		small = await small.reopen();
		expect(await small.institution().keyring.pseudonymOf(newcomer)).toBe(unenrolledPseudonym(newcomer));
	});
});
