import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createSigningKey, type Digest, encodeUtf8, type Instant, type JsonObject, type MemberId, minuteMs, type SigningKey, sha256 } from "#base";
import { genesisState, readLog, readMember, rules } from "#contracts";
import { createEnvelope, type Genesis, latestUntil, openSealer, type Sealer, signTransaction } from "#ledger";
import type { LoggedAccess } from "#vault";
import type { HistoryExport } from "#wallet";
import { type AccessLog, createAccessLog } from "./accessLog.ts";
import type { ClosedLog } from "./closedLog.ts";
import { type LogStore, openLogStore } from "./logStore.ts";
import { createTestBench, draftOf, type TestBench, type TestPatient, testMember } from "./testing.ts";

export const testChain = "test-chain";
export const testSealerKey = keyFrom("sealer");
export const testMemberKey = keyFrom("clinic-a");
const otherMemberKey = keyFrom("lab-b");

/** Keyring, access log and embedded ledger with the real rules: a patient's history from end to end. */
export interface HistoryBench extends TestBench {
	readonly log: AccessLog;
	readonly ledger: Sealer;
	/** The log's own rows. */
	store(): LogStore;
	submit(action: string, body: JsonObject, as?: { readonly member: MemberId; readonly key: SigningKey }): Promise<Digest>;
	/** Anchors the log as it is, a minute later. */
	anchor(): Promise<void>;
	append(patient: TestPatient, times: number): Promise<readonly LoggedAccess[]>;
	/** Logs a look and exports what it shows. Plain JSON: what a file would hold. */
	history(patient: TestPatient, closed?: readonly ClosedLog[]): Promise<HistoryExport>;
}

export async function createHistoryBench({ register = true } = {}): Promise<HistoryBench> {
	const bench = await createTestBench();
	const store = openLogStore(bench.path);
	const log = createAccessLog(store, bench.parameters);
	const genesis: Genesis = {
		format: "aceso/genesis/1",
		chain: testChain,
		time: bench.clock.now,
		sealer: testSealerKey.publicKey,
		members: [
			{ id: testMember, name: "Clinic A", key: testMemberKey.publicKey, roles: ["hospital"], implicitPolicy: "deny" },
			{ id: "lab-b" as MemberId, name: "Lab B", key: otherMemberKey.publicKey, roles: ["laboratory"], implicitPolicy: "deny" },
		],
		rulesVersion: rules.version,
	};
	const now = () => bench.clock.now as Instant;
	const path = join(bench.folder, "ledger.db");
	const ledger = await openSealer({
		path,
		genesis,
		rules,
		genesisState,
		readMember,
		sealerKey: testSealerKey,
		now,
		blockWindowMs: 0,
		verifyThreads: 0,
	});
	const submit: HistoryBench["submit"] = async (action, body, { member, key } = { member: testMember, key: testMemberKey }) => {
		const salt = randomBytes(16).toString("hex");
		const transaction = signTransaction({ chain: testChain, contract: "access", action, body, until: latestUntil(bench.clock.now), salt }, key);
		const [result] = await ledger.submit(createEnvelope([transaction], { chain: testChain, member, key }));
		if (!result?.accepted) throw new Error(`expected ${action} to be accepted, found ${result?.code}`);
		return result.id;
	};
	if (register) await submit("registerLog", { log: log.log, writer: log.writer });
	const append: HistoryBench["append"] = (patient, times) =>
		Promise.all(Array.from({ length: times }, (_, i) => log.append(draftOf(patient.pseudonym, { count: i }), patient)));
	return {
		...bench,
		log,
		ledger,
		store: () => store,
		submit,
		append,
		async anchor() {
			bench.clock.now += minuteMs;
			await submit("anchor", anchorBodyOf(log, ledger, bench.clock.now));
			log.markAnchored(readLog(ledger, testMember, log.log)!);
		},
		async history(patient, closed = []) {
			const draft = draftOf(patient.pseudonym, { requesterKind: "patient", purpose: "PATRQT", compartments: [], reasons: ["PERMITTED_TO_PATIENT"] });
			const access = await log.append(draft, patient);
			return JSON.parse(JSON.stringify(await log.history({ access, keyring: bench.keyring, ledger, closed }))) as HistoryExport;
		},
	};
}

/** What the member would put on the ledger now. */
export function anchorBodyOf(log: AccessLog, ledger: Sealer, time: number): JsonObject {
	const { size, root, mapRoot, consistency } = log.anchorBody(readLog(ledger, testMember, log.log)!.size);
	return { logs: [{ log: log.log, size, root, mapRoot, proof: consistency }], vaultRoot: "0".repeat(64), time, urgent: false };
}

function keyFrom(name: string): SigningKey {
	return createSigningKey(sha256(encodeUtf8(name)));
}
