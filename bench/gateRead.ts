import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	type CivilDay,
	createExchangeKey,
	createSigningKey,
	dayMs,
	encodeHex,
	encodeUtf8,
	type MemberId,
	type SigningKey,
	type SubjectId,
} from "#base";
import { dataClasses, type Provision } from "#contracts";
import { generatePeople, prepareBundle } from "#fhir";
import type { ReadBody, ReleasedResource } from "#gate";
import { type Institution, type Network, openNetwork, signAct, submitAll, systemRandom } from "#node";
import { openRecord, openSqliteStore, type StoredRecord, sealRecord } from "#vault";
import { acceptSession, buildEnrol, buildGrant, type ClientSession, createWallet, type SessionRequest, signRequest } from "#wallet";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

/**
 * So many because machines whose cores are shared change their speed by half from one second to the next, and the baseline uses one of them where a read
 * uses two: the ratio of five rounds scattered by a tenth of itself (docs/performance.md).
 */
const rounds = 25;
const readsPerRound = 8_000;
const patients = 100;
const clinicians = 64;
/** Readers in flight: each waits for its answer before it asks again. */
const readers = 64;
const member = "bench" as MemberId;

interface Target {
	readonly body: ReadBody;
}

/** {@link measureGatedReads} with the keyring in this process. */
export function gateRead(): Promise<BenchRow> {
	return measureGatedReads("gate.read", "in-process");
}

/**
 * One-record reads per second through the whole gate, ledger in this process and the keyring where it is said to be: the MAC of a clinician's session
 * verified, the consent decided on the ledger's state, the entry durable, its receipt spent on an unwrap, the record opened. Each clinician opens one
 * session, by one signature, before the clock runs, and makes the MACs then too: that is the clinicians' work. Baseline: the same records fetched
 * from the same kind of store, decrypted with their data keys and parsed, with no gate, no ledger and no log.
 */
export async function measureGatedReads(name: string, keyring: "in-process" | "process"): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const members = [{ id: member, name: "Bench", roles: ["hospital"], implicitPolicy: "deny" }];
	const network = await openNetwork({ folder: join(folder, "network"), chain: "bench", members, keyring });
	try {
		const institution = network.institution(member);
		const keys = await hireClinicians(network, institution);
		const targets = await admitPatients(network, institution);
		const sessions = await Promise.all(keys.map((key) => openSession(institution, key)));
		const read = (request: unknown) => institution.gate.release(request);
		const records = await Promise.all(targets.map(async (target) => (await read(ask(sessions[0] as ClientSession, target))).resources));
		const plain = await fillPlainStore(folder, records.flat());
		const [gated, plainly, latencies]: [number[], number[], number[]] = [[], [], []];
		const [cpuUs, mainCpuUs]: [number[], number[]] = [[], []];
		for (let round = -1; round < rounds; round++) {
			const requests = Array.from({ length: readsPerRound }, (_, i) =>
				ask(sessions[i % clinicians] as ClientSession, targets[i % patients] as Target),
			);
			const measured = await measureGate(read, requests);
			const without = await plain.measure();
			// The first round warms the compiler and the caches of both.
			if (round < 0) continue;
			gated.push(measured.perSecond);
			latencies.push(...measured.latencies);
			cpuUs.push(measured.cpuUs);
			mainCpuUs.push(measured.mainCpuUs);
			plainly.push(without);
		}
		await plain.close();
		latencies.sort((a, b) => a - b);
		return benchRow({
			name,
			value: median(gated),
			unit: "reads/s",
			baseline: median(plainly),
			reads: rounds * readsPerRound,
			inFlight: readers,
			sessions: clinicians,
			patients,
			p50Ms: Number((latencies[latencies.length >> 1] as number).toFixed(2)),
			p99Ms: Number((latencies[Math.floor(latencies.length * 0.99)] as number).toFixed(2)),
			// What one read takes of all cores together, a keyring's own process left out; the wall clock tells of other work on the machine too.
			cpuUs: Math.round(median(cpuUs)),
			mainCpuUs: Math.round(median(mainCpuUs)),
			keyring,
		});
	} finally {
		await network.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

function ask(session: ClientSession, { body }: Target): SessionRequest<ReadBody> {
	return session.ask(body, Date.now());
}

async function openSession({ gate, memberKey }: Institution, key: SigningKey): Promise<ClientSession> {
	const exchange = createExchangeKey(systemRandom(32));
	const place = { audience: member, via: member, nowMs: Date.now(), nonce: systemRandom(16) };
	const request = signRequest(key, { kind: "open-session", exchange: exchange.publicKey } as const, place);
	return acceptSession({ request, exchange, answer: await gate.openSession(request), memberKey: memberKey.publicKey });
}

async function hireClinicians(network: Network, institution: Institution): Promise<readonly SigningKey[]> {
	const keys = Array.from({ length: clinicians }, () => createSigningKey(systemRandom(32)));
	const issue = ({ publicKey }: SigningKey) => {
		const body = { credentialId: encodeHex(systemRandom(16)), subject: publicKey, kind: "practitioner", validUntil: dayFromNow(60) };
		return signAct(network, institution.memberKey, { contract: "credentials", action: "issue", body });
	};
	await submitAll(network, institution, keys.map(issue));
	return keys;
}

/** Imports invented people, enrols them, and has each grant the member's clinicians everything but one class. */
async function admitPatients(network: Network, institution: Institution): Promise<readonly Target[]> {
	const { gate } = institution;
	const context = () => ({ chain: network.ledger.chain, nowMs: network.now(), randomBytes: systemRandom });
	const admitted = [];
	for (const { records } of generatePeople({ seed: "bench", count: patients, today: dayFromNow(0) })) {
		const { localId, bundle } = records[0] as (typeof records)[number];
		await gate.importRecords(await prepareBundle(sourceOf(bundle)));
		const wallet = createWallet(systemRandom(32));
		const key = wallet.pseudonymKey(member, 0);
		const custodianSignature = await gate.countersignEnrolment({ localId, pseudonym: key.publicKey, delegates: [] });
		const observation = bundle.entry.find(({ resource }) => resource.resourceType === "Observation")?.resource;
		admitted.push({ localId, key, custodianSignature, record: `Observation/${observation?.id}` });
	}
	const enrolments = admitted.map(({ key, custodianSignature }) =>
		buildEnrol(key, { custodian: member, custodianSignature, delegates: [] }, context()),
	);
	await submitAll(network, institution, enrolments);
	const grants = [];
	for (const { localId, key } of admitted) {
		await gate.completeEnrolment({ localId, pseudonym: key.publicKey });
		const choice = { pseudonym: key.publicKey, custodian: member, title: "Treatment", provision: grantAll, validUntil: dayFromNow(300) };
		const { transaction, opened } = buildGrant(key, choice, context());
		const place = { audience: member, via: member, nowMs: Date.now(), nonce: systemRandom(16) };
		await gate.depositTerms(signRequest(key, { kind: "deposit-terms", opened }, place));
		grants.push(transaction);
	}
	await submitAll(network, institution, grants);
	return admitted.map(({ localId, record }) => ({
		body: { kind: "read", patient: { by: "local", localId }, purpose: "TREAT", classes: [...readClasses], level: "identified", record },
	}));
}

const readClasses = ["laboratory", "vitals", "social", "genomics", "wearables", "conditions"] as const;
const grantAll: Provision = {
	type: "permit",
	grantees: [{ kind: "member", member, credential: "practitioner" }],
	purposes: ["TREAT"],
	classes: dataClasses.filter((name) => name !== "notes"),
	level: "identified",
};

function sourceOf(bundle: object) {
	const bytes = encodeUtf8(JSON.stringify(bundle));
	return async function* () {
		yield bytes;
	};
}

function dayFromNow(days: number): CivilDay {
	return new Date(Date.now() + days * dayMs).toISOString().slice(0, 10) as CivilDay;
}

async function measureGate(read: Institution["gate"]["release"], requests: readonly SessionRequest<ReadBody>[]) {
	const latencies: number[] = [];
	let next = 0;
	const reader = async (): Promise<void> => {
		for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
			const asked = performance.now();
			const { resources } = await read(request);
			latencies.push(performance.now() - asked);
			if (resources.length !== 1) throw new Error(`expected one record, found ${resources.length}`);
		}
	};
	const [cpu, mainCpu] = [process.cpuUsage(), process.threadCpuUsage()];
	const start = performance.now();
	await Promise.all(Array.from({ length: readers }, reader));
	const perSecond = requests.length / ((performance.now() - start) / 1000);
	const [all, main] = [process.cpuUsage(cpu), process.threadCpuUsage(mainCpu)];
	const each = ({ user, system }: NodeJS.CpuUsage) => (user + system) / requests.length;
	return { perSecond, latencies, cpuUs: each(all), mainCpuUs: each(main) };
}

/** The records that the gate released, sealed again into a store of their own, with the data keys at hand. */
async function fillPlainStore(folder: string, released: readonly ReleasedResource[]) {
	if (released.length !== patients) throw new Error(`expected ${patients} records, found ${released.length}`);
	const store = openSqliteStore({ path: join(folder, "plain.db"), custodian: member });
	const rows: { readonly row: StoredRecord; readonly dataKey: Uint8Array }[] = [];
	for (const { class: dataClass, resource } of released) {
		const [dataKey, subject] = [systemRandom(32), encodeHex(systemRandom(16)) as SubjectId];
		const handle = { dataKey, wrapped: { id: encodeHex(systemRandom(16)), subject, compartments: [dataClass], wrapped: systemRandom(60) } };
		const header = { labels: [], conditions: [], dataTimeMs: Date.now(), authors: [], encounter: null, tableVersion: "bench/1" };
		const body = { ...header, resourceText: JSON.stringify(resource) };
		const facts = { token: encodeHex(systemRandom(32)), version: 1, storedAtMs: Date.now(), deleted: false };
		const row = sealRecord({ custodian: member, handle, ...facts, body, randomBytes: systemRandom });
		await store.putRecords([handle.wrapped], [row]);
		rows.push({ row, dataKey });
	}
	return {
		async measure(): Promise<number> {
			const start = performance.now();
			for (let i = 0; i < readsPerRound; i++) {
				const { row: sealed, dataKey } = rows[i % patients] as (typeof rows)[number];
				const row = (await store.getRecord(sealed.subject, sealed.token)) as StoredRecord;
				if (openRecord({ custodian: member, row, dataKey }).resource.id === undefined) throw new Error("expected a resource");
			}
			return readsPerRound / ((performance.now() - start) / 1000);
		},
		close: () => store.close(),
	};
}
