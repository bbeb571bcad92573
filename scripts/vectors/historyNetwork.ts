import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeHex, type Instant, type JsonObject, type MemberId, minuteMs, type Pseudonym, type SigningKey, type SubjectId } from "#base";
import { type AccessEntryDraft, genesisState, readLog, readMember, rules } from "#contracts";
import { type ClosedLog, openAccessLog, openClosedLog } from "#gate";
import { createEnvelope, latestUntil, openSealer, signTransaction } from "#ledger";
import { createKeyring, createReceiptKey } from "#vault";
import type { HistoryExport } from "#wallet";
import { fixedBytes, fixedChain, fixedKey, fixedMember, fixedRandom, fixedStartMs } from "./fixed.ts";

const member = fixedMember as MemberId;
/** The log that is closed, and the one that goes on. */
const logs = ["clinic-a.1", "clinic-a.2"] as const;

/** A ledger with the rules in force, one member's keyring and access log, and nothing that differs from one run to the next. */
export interface HistoryNetwork {
	/** Adds entries for an invented patient, one after the other. */
	append(patient: string, ...changes: readonly Partial<AccessEntryDraft>[]): Promise<void>;
	/** One question over several patients, as one leaf. */
	ask(...patients: readonly string[]): Promise<void>;
	/** Moves the clock by a minute and anchors the log as it is. */
	anchor(): Promise<void>;
	/** Closes the first log in good order and opens its successor; once. */
	succeed(): Promise<void>;
	/** What a file would hold: the look itself is the last entry. */
	history(patient: string): Promise<HistoryExport>;
	readonly clock: { nowMs: number };
	close(): Promise<void>;
}

export function fixedPseudonym(patient: string): Pseudonym {
	return fixedKey(patient).publicKey as Pseudonym;
}

export async function openHistoryNetwork(): Promise<HistoryNetwork> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-vectors-"));
	const clock = { nowMs: fixedStartMs };
	const now = () => clock.nowMs as Instant;
	const [sealerKey, memberKey, writerKey] = [fixedKey("sealer"), fixedKey(member), fixedKey("writer")];
	const receiptKey = createReceiptKey(fixedRandom("receipt key"));
	const scrypt = { N: 2, r: 8, p: 1 };
	const files = { path: join(folder, "keyring.db"), rootFile: join(folder, "root"), passphrase: "vectors", custodian: member };
	const keyring = await createKeyring({ ...files, scrypt, receiptKey, now, randomBytes: fixedRandom("keyring"), ledger: "taken on trust" });
	const openLog = (log: string, key: SigningKey) =>
		openAccessLog({ path: join(folder, `${log}.db`), log, member, writerKey: key, receiptKey, keyring, now, randomBytes: fixedRandom(log) });
	let accessLog = await openLog(logs[0], writerKey);
	const closed: ClosedLog[] = [];
	const others = ["lab-b", "institute-c"].map((id) => ({
		id: id as MemberId,
		name: `Member ${id}`,
		key: fixedKey(id).publicKey,
		roles: ["laboratory"],
		implicitPolicy: "deny",
	}));
	const clinic = { id: member, name: "Clinic A", key: memberKey.publicKey, roles: ["hospital"], implicitPolicy: "deny" };
	const ledger = await openSealer({
		path: join(folder, "ledger.db"),
		genesis: {
			format: "aceso/genesis/1",
			chain: fixedChain,
			time: fixedStartMs,
			sealer: sealerKey.publicKey,
			members: [clinic, ...others],
			rulesVersion: rules.version,
		},
		rules,
		genesisState,
		readMember,
		sealerKey,
		now,
		blockWindowMs: 0,
		verifyThreads: 0,
		heartbeatMs: 86_400_000,
	});
	const salts = fixedRandom("transaction salts");
	const enrolled = new Set<string>();

	async function submit(action: string, body: JsonObject) {
		const draft = { chain: fixedChain, contract: "access", action, body, until: latestUntil(clock.nowMs), salt: encodeHex(salts(16)) } as const;
		const envelope = createEnvelope([signTransaction(draft, memberKey)], { chain: fixedChain, member, key: memberKey });
		const [result] = await ledger.submit(envelope);
		if (!result?.accepted) throw new Error(`expected ${action} to be accepted, found ${result?.code}`);
		return result.id;
	}

	async function enrol(patient: string): Promise<SubjectId> {
		const subject = encodeHex(fixedBytes(`subject ${patient}`, 16)) as SubjectId;
		if (!enrolled.has(patient)) await keyring.createSubject(subject, fixedPseudonym(patient));
		enrolled.add(patient);
		return subject;
	}

	async function appendOne(patient: string, changes: Partial<AccessEntryDraft>) {
		const subject = await enrol(patient);
		return accessLog.append({ ...draftOf(patient, clock.nowMs), ...changes }, { subject });
	}

	await submit("registerLog", { log: logs[0], writer: writerKey.publicKey });
	return {
		clock,
		async append(patient, ...all) {
			for (const changes of all) await appendOne(patient, changes);
		},
		async ask(...patients) {
			const items = [];
			for (const patient of patients) items.push({ draft: { ...draftOf(patient, clock.nowMs), ...question }, subject: await enrol(patient) });
			await accessLog.appendCohort(items);
		},
		async anchor() {
			clock.nowMs += minuteMs;
			const { log } = accessLog;
			const { size, root, mapRoot, consistency } = accessLog.anchorBody(readLog(ledger, member, log)!.size);
			const vaultRoot = encodeHex(fixedBytes("vault root", 32));
			await submit("anchor", { logs: [{ log, size, root, mapRoot, proof: consistency }], vaultRoot, time: clock.nowMs, urgent: false });
			accessLog.markAnchored(readLog(ledger, member, log)!);
		},
		async succeed() {
			await accessLog.close();
			closed.push(openClosedLog(join(folder, `${logs[0]}.db`)));
			accessLog = await openLog(logs[1], fixedKey("second writer"));
			await submit("registerLog", { log: logs[1], writer: accessLog.writer });
			await submit("closeLog", { log: logs[0], successor: logs[1], sizeLost: 0 });
		},
		async history(patient) {
			const look = {
				requesterKind: "patient",
				requester: fixedPseudonym(patient),
				purpose: "PATRQT",
				compartments: [],
				reasons: ["PERMITTED_TO_PATIENT"],
			} as const;
			const access = await appendOne(patient, look);
			return JSON.parse(JSON.stringify(await accessLog.history({ access, keyring, ledger, closed }))) as HistoryExport;
		},
		async close() {
			await accessLog.close();
			for (const one of closed) one.close();
			await ledger.close();
			await keyring.close();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

/** What a question over many patients says of each. */
const question = { action: "aggregate", purpose: "HRESCH", level: "aggregate", count: 2 } as const;

function draftOf(patient: string, time: number): AccessEntryDraft {
	return {
		time,
		member,
		requester: fixedKey("clinician").publicKey,
		requesterKind: "person",
		via: member,
		action: "read",
		purpose: "TREAT",
		pseudonym: fixedPseudonym(patient),
		compartments: ["laboratory"],
		level: "identified",
		count: 3,
		decision: "permit",
		reasons: ["PERMITTED_BY_CONSENT"],
		consents: [],
		height: 1,
		stalenessMs: 40,
		model: "",
		emergencyReason: "",
	};
}
