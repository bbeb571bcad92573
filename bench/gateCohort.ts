import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CivilDay, createSigningKey, dayMs, encodeHex, type MemberId, type SigningKey, type SubjectId } from "#base";
import { commitTerms, type DataClass, enrolmentMessage, type Provision, readEnrolment } from "#contracts";
import { collectEvidence } from "#ledger";
import { type Institution, type Network, openNetwork, signAct, submitAll, systemRandom } from "#node";
import { openRecord, type SealingHandle, type StoredRecord, sealRecord, unenrolledPseudonym } from "#vault";
import { buildEnrol, buildGrant, createWallet, type PseudonymKey, signRequest, verifyHistory } from "#wallet";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

const patients = 10_000;
const rounds = 3;
const member = "bench" as MemberId;
const asthma = { system: "http://snomed.info/sct", code: "195967001" };

/** An invented patient with a record that the question is about, its key and the data key of the record. */
interface Prepared {
	readonly subject: SubjectId;
	readonly key: PseudonymKey;
	readonly record: SealingHandle;
}

/**
 * Patients a second in a count over 10,000 who permit it: who they are decided from the ledger and their terms, each one written down in an
 * entry, one of 256 under a leaf of the log, with its place in chain and head map, opened by it against the leaf's receipt, looked at, and charged for.
 *
 * Outside the clock: making the patients, and a first question that opens everybody's terms. Baseline: the same rows fetched from the same
 * store, decrypted with their data keys, parsed and counted, with no gate, ledger or log.
 */
export async function gateCohort(): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const members = [{ id: member, name: "Bench", roles: ["hospital"], implicitPolicy: "deny" }];
	const network = await openNetwork({ folder: join(folder, "network"), chain: "bench", members, keyring: "in-process" });
	try {
		const institution = network.institution(member);
		const researcher = await hireResearcher(network, institution);
		const started = performance.now();
		const admitted = await admitPatients(network, institution);
		const preparedS = (performance.now() - started) / 1000;
		const firstS = patients / (await ask(institution, researcher, 0)).perSecond;
		const [counted, plainly, cpuUs]: [number[], number[], number[]] = [[], [], []];
		for (let round = 1; round <= rounds; round++) {
			const measured = await ask(institution, researcher, round);
			counted.push(measured.perSecond);
			cpuUs.push(measured.cpuUs);
			plainly.push(await countPlainly(institution, admitted));
		}
		await assertShown(network, institution, (admitted[0] as Prepared).key);
		return benchRow({
			name: "gate.cohort",
			value: median(counted),
			unit: "patients/s",
			baseline: median(plainly),
			patients,
			questions: rounds,
			preparedS: Number(preparedS.toFixed(1)),
			firstQuestionS: Number(firstS.toFixed(1)),
			leaves: institution.log.size(),
			cpuUs: Math.round(median(cpuUs)),
			keyring: "in-process",
		});
	} finally {
		await network.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function hireResearcher(network: Network, institution: Institution): Promise<SigningKey> {
	const key = createSigningKey(systemRandom(32));
	const body = { credentialId: encodeHex(systemRandom(16)), subject: key.publicKey, kind: "researcher", validUntil: dayFromNow(60) };
	await submitAll(network, institution, [signAct(network, institution.memberKey, { contract: "credentials", action: "issue", body })]);
	return key;
}

const toCounters: Provision = {
	type: "permit",
	grantees: [{ kind: "credential", credential: "researcher" }],
	purposes: ["HRESCH"],
	classes: ["conditions"],
	level: "aggregate",
};

/** Keys, a record and consented terms for each, and both transactions on the ledger. Filed as the gate files them, many to a commit. */
async function admitPatients(network: Network, institution: Institution): Promise<readonly Prepared[]> {
	const { chain } = network.ledger;
	const context = () => ({ chain, nowMs: network.now(), randomBytes: systemRandom });
	const admitted: Prepared[] = [];
	for (let from = 0; from < patients; from += 500) {
		const part = await Promise.all(Array.from({ length: 500 }, (_, i) => admit(from + i)));
		admitted.push(...part.map(({ prepared }) => prepared));
		await institution.store.putRecords(
			part.flatMap(({ prepared, terms }) => [prepared.record.wrapped, terms.handle.wrapped]),
			part.flatMap(({ row, terms }) => [row, terms.row]),
		);
		await submitAll(
			network,
			institution,
			part.map(({ enrolment }) => enrolment),
		);
		await bindAll(part.map(({ prepared }) => prepared));
		await submitAll(
			network,
			institution,
			part.map(({ grant }) => grant),
		);
	}
	return admitted;

	/** The keyring takes no word for who is enrolled: it is shown. */
	async function bindAll(part: readonly Prepared[]): Promise<void> {
		await network.ledger.cosigned(1_000);
		for (const { subject, key } of part) {
			const evidence = collectEvidence(network.ledger, (state) => void readEnrolment(state, key.publicKey));
			await institution.keyring.bind(subject, key.publicKey, evidence);
		}
	}

	async function admit(number: number) {
		const subject = encodeHex(systemRandom(16)) as SubjectId;
		const key = createWallet(systemRandom(32)).pseudonymKey(member, 0);
		await institution.keyring.createSubject(subject, unenrolledPseudonym(subject));
		await institution.store.putSubject(subject, []);
		const custodianSignature = institution.memberKey.sign(enrolmentMessage({ chain, pseudonym: key.publicKey, custodian: member, delegates: [] }));
		const enrolment = buildEnrol(key, { custodian: member, custodianSignature, delegates: [] }, context());
		const choice = { pseudonym: key.publicKey, custodian: member, title: "Counts", provision: toCounters, validUntil: dayFromNow(300) };
		const { transaction: grant, opened } = buildGrant(key, choice, context());
		const code = number % 2 === 0 ? asthma.code : "38341003";
		const condition = { resourceType: "Condition", id: `c${number}`, code: { coding: [{ system: asthma.system, code }] } };
		const consent = { resourceType: "Consent", id: commitTerms(opened), opened };
		const [record, terms] = await Promise.all([seal(subject, "conditions", condition), seal(subject, "consents", consent)]);
		return { prepared: { subject, key, record: record.handle }, row: record.row, terms, enrolment, grant };
	}

	async function seal(subject: SubjectId, compartment: DataClass | "consents", resource: object) {
		const handle = await institution.keyring.sealFor(subject, [compartment]);
		const token = await institution.keyring.lookupToken("record", subject, compartment);
		const header = { labels: [], conditions: [], dataTimeMs: network.now(), authors: [], encounter: null, tableVersion: "bench/1" };
		const body = { ...header, resourceText: JSON.stringify(resource) };
		const facts = { token, version: 1, storedAtMs: network.now(), deleted: false };
		return { handle, row: sealRecord({ custodian: member, handle, ...facts, body, randomBytes: systemRandom }) };
	}
}

/** One question over everybody; each pays another ε, so that it is another question and no answer comes from store. */
async function ask({ gate }: Institution, researcher: SigningKey, round: number) {
	const body = { kind: "count", purpose: "HRESCH", class: "conditions", code: asthma, epsilonMilli: 100 - round };
	const request = signRequest(researcher, body, { audience: member, via: member, nowMs: Date.now(), nonce: systemRandom(16) });
	const cpu = process.cpuUsage();
	const start = performance.now();
	const answer = await gate.countPatients(request);
	const perSecond = patients / ((performance.now() - start) / 1000);
	const { user, system } = process.cpuUsage(cpu);
	// Noise of scale 10: beyond 300 once in 10^13 answers.
	if (answer.suppressed || answer.fromStore || Math.abs(answer.count - patients / 2) > 300)
		throw new Error("expected half of the patients, with noise");
	return { perSecond, cpuUs: (user + system) / patients };
}

async function countPlainly({ store }: Institution, admitted: readonly Prepared[]): Promise<number> {
	const start = performance.now();
	let count = 0;
	for (const { subject, record } of admitted) {
		const [row] = await store.listRecords(subject, ["conditions"]);
		const { resource } = openRecord({ custodian: member, row: row as StoredRecord, dataKey: record.dataKey });
		const { coding } = resource.code as { readonly coding: readonly { readonly code: string }[] };
		if (coding.some(({ code }) => code === asthma.code)) count++;
	}
	if (count !== patients / 2) throw new Error(`expected ${patients / 2} of the patients, found ${count}`);
	return patients / ((performance.now() - start) / 1000);
}

/** Each question stands in each patient's history, with its proofs. */
async function assertShown(network: Network, { gate }: Institution, key: PseudonymKey): Promise<void> {
	await gate.anchor(true);
	const body = { kind: "history", patient: { by: "pseudonym", pseudonym: key.publicKey } };
	const history = await gate.showHistory(signRequest(key, body, { audience: member, via: member, nowMs: Date.now(), nonce: systemRandom(16) }));
	const trust = { chain: network.ledger.chain, ledgerKey: network.genesis.sealer, pseudonym: key.publicKey, now: network.now() };
	const { ok, entries } = verifyHistory(history, trust);
	if (!ok || entries.filter(({ action }) => action === "aggregate").length !== rounds + 1)
		throw new Error("expected every question in the patient's history");
}

function dayFromNow(days: number): CivilDay {
	return new Date(Date.now() + days * dayMs).toISOString().slice(0, 10) as CivilDay;
}
