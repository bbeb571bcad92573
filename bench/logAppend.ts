import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createSigningKey, encodeHex, type MemberId, type Pseudonym, type SubjectId, sha256, systemClock } from "#base";
import type { AccessEntryDraft } from "#contracts";
import { type AccessLog, openAccessLog } from "#gate";
import { systemRandom } from "#node";
import { createKeyring, createReceiptKey, type Keyring } from "#vault";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

const rounds = 5;
const entriesPerRound = 4_000;
const patients = 1_000;
/** Requests in flight at once: each waits for its receipt before it asks again. Half of them are on their way to the disk while the others come together. */
const lanes = 256;
/** A sealed entry of these drafts: nonce, salt, canonical JSON, tag. */
const sealedBytes = 663;

const member = "bench" as MemberId;

/**
 * Access entries made durable per second: completed, hashed, encrypted under the patient's audit key (keyring in this process), put into the
 * tree, committed with fsync, and a receipt minted. Baseline: SQLite alone, inserting rows of the same size into the same kind of tables
 * in durable transactions of as many rows as the log's commits had in the same round.
 */
export async function logAppend(): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const keyring = await openBenchKeyring(folder);
	const writerKey = createSigningKey(systemRandom(32));
	const path = join(folder, "access.db");
	const log = await openAccessLog({
		...{ path, log: "bench.1", member, writerKey, receiptKey: keyring.receiptKey },
		...{ keyring: keyring.keyring, now: systemClock, randomBytes: systemRandom },
	});
	const raw = openRaw(join(folder, "raw.db"));
	try {
		const subjects = await createSubjects(keyring.keyring);
		const [appends, inserts, latencies, groups]: [number[], number[], number[], number[]] = [[], [], [], []];
		const [cpuUs, mainCpuUs]: [number[], number[]] = [[], []];
		// The first round warms the compiler and makes the patients' handles.
		for (let round = -1; round < rounds; round++) {
			const measured = await measureAppends(log, path, subjects);
			const without = raw.insertRound(Math.round(measured.perCommit));
			if (round < 0) continue;
			appends.push(measured.perSecond);
			groups.push(measured.perCommit);
			cpuUs.push(measured.cpuUs);
			mainCpuUs.push(measured.mainCpuUs);
			latencies.push(...measured.latencies);
			inserts.push(without);
		}
		const p99Ms = latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] as number;
		return benchRow({
			name: "log.append",
			value: median(appends),
			unit: "entries/s",
			baseline: median(inserts),
			entries: rounds * entriesPerRound,
			inFlight: lanes,
			perCommit: Math.round(median(groups)),
			p99Ms: Number(p99Ms.toFixed(2)),
			// Processor time of an entry over all threads, and on the one that asks.
			cpuUs: Number(median(cpuUs).toFixed(1)),
			mainCpuUs: Number(median(mainCpuUs).toFixed(1)),
		});
	} finally {
		await log.close();
		await keyring.keyring.close();
		raw.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function openBenchKeyring(folder: string) {
	const receiptKey = createReceiptKey(systemRandom);
	const keyring = await createKeyring({
		...{ path: join(folder, "keyring.db"), rootFile: join(folder, "root"), passphrase: "a benchmark's passphrase", custodian: member },
		...{ scrypt: { N: 2, r: 8, p: 1 }, receiptKey, now: systemClock, randomBytes: systemRandom, ledger: "taken on trust" },
	});
	return { keyring, receiptKey };
}

interface BenchSubject {
	readonly subject: SubjectId;
	readonly draft: AccessEntryDraft;
}

async function createSubjects(keyring: Keyring): Promise<readonly BenchSubject[]> {
	return Promise.all(
		Array.from({ length: patients }, async (_, i) => {
			const subject = encodeHex(systemRandom(16)) as SubjectId;
			const key = createSigningKey(sha256(Uint8Array.of(i >> 8, i & 255))).publicKey;
			await keyring.createSubject(subject, key as Pseudonym);
			return { subject, draft: draftOf(key as Pseudonym) };
		}),
	);
}

function draftOf(pseudonym: Pseudonym): AccessEntryDraft {
	return {
		...{ time: systemClock(), member, requester: pseudonym, requesterKind: "person", via: member, action: "read", purpose: "TREAT", pseudonym },
		...{ compartments: ["laboratory", "medications"], level: "identified", count: 12, decision: "permit", reasons: ["PERMITTED_BY_CONSENT"] },
		...{ consents: [], height: 7, stalenessMs: 40, model: "", emergencyReason: "" },
	};
}

async function measureAppends(log: AccessLog, path: string, subjects: readonly BenchSubject[]) {
	const latencies: number[] = [];
	const commitsBefore = countCommits(path);
	let left = entriesPerRound;
	const lane = async (): Promise<void> => {
		while (left > 0) {
			const { subject, draft } = subjects[left-- % subjects.length] as BenchSubject;
			const asked = performance.now();
			await log.append(draft, { subject });
			latencies.push(performance.now() - asked);
		}
	};
	const [cpu, mainCpu] = [process.cpuUsage(), process.threadCpuUsage()];
	const start = performance.now();
	await Promise.all(Array.from({ length: lanes }, lane));
	const perSecond = entriesPerRound / ((performance.now() - start) / 1000);
	const [all, main] = [process.cpuUsage(cpu), process.threadCpuUsage(mainCpu)];
	const each = ({ user, system }: NodeJS.CpuUsage) => (user + system) / entriesPerRound;
	return { perSecond, latencies, perCommit: entriesPerRound / (countCommits(path) - commitsBefore), cpuUs: each(all), mainCpuUs: each(main) };
}

/** How many transactions the log has written: each leaves one row of its tree's nodes. */
function countCommits(path: string): number {
	const db = new DatabaseSync(path, { readOnly: true });
	try {
		return db.prepare("SELECT count(*) AS count FROM groups").get()?.count as number;
	} finally {
		db.close();
	}
}

/** The rows that an append leaves behind, filled with random bytes made before the clock runs. */
function openRaw(path: string) {
	const db = new DatabaseSync(path);
	db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
		CREATE TABLE entries (leaf_index INTEGER PRIMARY KEY, chain BLOB, seq INTEGER, entry_hash BLOB, data_key TEXT, sealed BLOB) STRICT;
		CREATE UNIQUE INDEX entries_chain ON entries (chain, seq);
		CREATE TABLE nodes (id INTEGER PRIMARY KEY, hash BLOB) STRICT;
		CREATE TABLE chains (chain BLOB PRIMARY KEY, seq INTEGER, head BLOB) STRICT, WITHOUT ROWID;`);
	const putEntry = db.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)");
	const putNode = db.prepare("INSERT INTO nodes VALUES (?, ?)");
	const putChain = db.prepare("INSERT INTO chains VALUES (?, ?, ?) ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, head = excluded.head");
	const chains = Array.from({ length: patients }, () => systemRandom(32));
	let leafIndex = 0;
	const insert = (hash: Uint8Array, sealed: Uint8Array): void => {
		const chain = chains[leafIndex % patients] as Uint8Array;
		const seq = Math.floor(leafIndex / patients);
		putEntry.run(leafIndex, chain, seq, hash, "0123456789abcdef0123456789abcdef", sealed);
		putNode.run(leafIndex, hash);
		putChain.run(chain, seq, hash);
		leafIndex++;
	};
	return {
		insertRound(batch: number): number {
			const rows = Array.from({ length: entriesPerRound }, () => ({ hash: systemRandom(32), sealed: systemRandom(sealedBytes) }));
			const start = performance.now();
			for (let from = 0; from < rows.length; from += batch) {
				db.exec("BEGIN IMMEDIATE");
				for (const { hash, sealed } of rows.slice(from, from + batch)) insert(hash, sealed);
				db.exec("COMMIT");
			}
			return entriesPerRound / ((performance.now() - start) / 1000);
		},
		close: () => db.close(),
	};
}
