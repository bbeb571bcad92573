import { randomBytes as systemRandom } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Digest, decodeHex, encodeHex, type Instant, type MemberId, type Pseudonym, type PublicKey, type SubjectId } from "#base";
import type { AccessEntry } from "#contracts";
import { cohortLeafHash, MerkleTree } from "#log";
import type { LocalKeyring } from "./keyring/localKeyring.ts";
import { type CreateKeyringParameters, createKeyring, openKeyring } from "./keyring/openKeyring.ts";
import { createReceiptKey, hashEntry, mintReceipt, type ReceiptKey } from "./receipt.ts";
import type { LoggedAccess, RecordBody } from "./vault.ts";

export const custodian = "klinik-nord" as MemberId;
export const randomBytes = (size: number): Uint8Array => new Uint8Array(systemRandom(size));
export const newSubject = (): SubjectId => encodeHex(randomBytes(16)) as SubjectId;
export const newPseudonym = (): Pseudonym => encodeHex(randomBytes(32)) as Pseudonym;
export const newToken = (): string => encodeHex(randomBytes(32));

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "aceso-vault-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** A keyring with a clock that the test turns and the log writer's side of the receipts. */
export interface KeyringBench {
	readonly keyring: LocalKeyring;
	readonly parameters: CreateKeyringParameters;
	readonly receiptKey: ReceiptKey;
	readonly clock: { now: number };
	/** What the log writer hands back for an entry: by default a permit to read laboratory and vitals. */
	access(entry: Partial<AccessEntry> & { readonly pseudonym: Pseudonym }): LoggedAccess;
}

/** Passphrase derivation at full cost is tested once; elsewhere it would only be waiting. */
export const quickScrypt = { N: 2 ** 4, r: 8, p: 1 };

export async function createBench(overrides: Partial<CreateKeyringParameters> = {}): Promise<KeyringBench> {
	const folder = temporaryFolder();
	const clock = { now: Date.UTC(2026, 4, 1) };
	const receiptKey = createReceiptKey(randomBytes);
	const parameters: CreateKeyringParameters = {
		path: join(folder, "keyring.db"),
		rootFile: join(folder, "root.json"),
		passphrase: "correct horse battery staple",
		custodian,
		receiptKey,
		now: () => clock.now as Instant,
		randomBytes,
		ledger: "taken on trust",
		scrypt: quickScrypt,
		...overrides,
	};
	const keyring = await createKeyring(parameters);
	onTestFinished(() => keyring.close());
	return { keyring, parameters, receiptKey, clock, access: (entry) => logAccess(receiptKey, clock.now, entry) };
}

export async function reopen(parameters: CreateKeyringParameters): Promise<LocalKeyring> {
	const keyring = await openKeyring(parameters);
	onTestFinished(() => keyring.close());
	return keyring;
}

type NamedEntry = Partial<AccessEntry> & { readonly pseudonym: Pseudonym };

export function logAccess(receiptKey: ReceiptKey, now: number, partial: NamedEntry): LoggedAccess {
	const entry = entryOf(now, partial);
	const salt = encodeHex(randomBytes(32));
	const parts = { receiptKey, entryHash: hashEntry(entry, salt), log: entry.log, leafIndex: 3, now: now as Instant, randomBytes };
	return { entry, salt, leafIndex: 3, receipt: mintReceipt(parts) };
}

/** What the log writer hands back for a cohort: one receipt, and for each entry its place. Places that nobody takes hold random hashes. */
export function logCohort(receiptKey: ReceiptKey, now: number, partials: readonly NamedEntry[], count = 8): readonly LoggedAccess[] {
	const salted = partials.map((partial) => ({ entry: entryOf(now, partial), salt: encodeHex(randomBytes(32)) }));
	const tree = new MerkleTree();
	for (const { entry, salt } of salted) tree.appendHash(decodeHex(hashEntry(entry, salt)));
	while (tree.size < count) tree.appendHash(randomBytes(32));
	const entryHash = encodeHex(cohortLeafHash(count, tree.root())) as Digest;
	const log = salted[0]?.entry.log ?? "";
	const receipt = mintReceipt({ receiptKey, entryHash, log, leafIndex: 3, now: now as Instant, randomBytes });
	return salted.map((one, index) => ({
		...one,
		leafIndex: 3,
		cohort: { index, count, proof: tree.inclusionProof(index).map(encodeHex) },
		receipt,
	}));
}

function entryOf(now: number, partial: NamedEntry): AccessEntry {
	return {
		format: "aceso/entry/1",
		log: "klinik-nord/1",
		time: now,
		member: custodian,
		requester: encodeHex(new Uint8Array(32).fill(7)) as PublicKey,
		requesterKind: "person",
		via: custodian,
		action: "read",
		purpose: "TREAT",
		compartments: ["laboratory", "vitals"],
		level: "identified",
		count: 1,
		decision: "permit",
		reasons: ["PERMITTED_BY_CONSENT"],
		consents: [],
		height: 1,
		stalenessMs: 0,
		model: "",
		emergencyReason: "",
		seq: 0,
		previous: "0".repeat(64) as Digest,
		...partial,
	};
}

export function bodyOf(resourceText: string): RecordBody {
	return { resourceText, labels: [], conditions: ["cardiology"], dataTimeMs: 0, authors: [], encounter: null, tableVersion: "1" };
}
