import { createHash, randomBytes as cryptoRandom } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSigningKey, encodeUtf8, type Instant, type MemberId, type Pseudonym, type PublicKey, type SubjectId, sha256 } from "#base";
import type { AccessEntryDraft } from "#contracts";
import { createKeyring, createReceiptKey, type Keyring, openKeyring, type ReceiptKey } from "#vault";
import type { AccessLogParameters } from "./accessLog.ts";
import type { LogBatch } from "./logRows.ts";
import type { LogStore } from "./logStore.ts";

/** A folder with a real keyring of a few subjects: what the tests of this folder stand on. */
export interface TestBench {
	readonly folder: string;
	readonly path: string;
	readonly keyring: Keyring;
	readonly receiptKey: ReceiptKey;
	readonly clock: { now: number };
	readonly parameters: AccessLogParameters;
	/** Adds a patient to the keyring. */
	enrol(name: string): Promise<TestPatient>;
}

export interface TestPatient {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
}

export const testMember = "clinic-a" as MemberId;
export const testWriterKey = createSigningKey(sha256(encodeUtf8("writer")));
/** A cost that opens in a millisecond; a real keyring's is PROTOCOL §7's. */
const scrypt = { N: 2, r: 8, p: 1 };

export async function createTestBench({ folder = mkdtempSync(join(tmpdir(), "aceso-log-")), reopen = false } = {}): Promise<TestBench> {
	const randomBytes = (size: number): Uint8Array => new Uint8Array(cryptoRandom(size));
	const receiptKey = createReceiptKey(randomBytes);
	const clock = { now: Date.parse("2026-03-02T08:00:00Z") };
	const now = () => clock.now as Instant;
	const files = { path: join(folder, "keyring.db"), rootFile: join(folder, "root"), passphrase: "a test's passphrase", custodian: testMember };
	const keyring = await (reopen ? openKeyring : createKeyring)({ ...files, scrypt, receiptKey, now, randomBytes, ledger: "taken on trust" });
	const parameters = { log: "clinic-a.1", member: testMember, writerKey: testWriterKey, receiptKey, keyring, now, randomBytes };
	return {
		folder,
		path: join(folder, "access.db"),
		keyring,
		receiptKey,
		clock,
		parameters,
		async enrol(name) {
			const patient = patientOf(name);
			await keyring.createSubject(patient.subject, patient.pseudonym);
			return patient;
		},
	};
}

/** The same name is always the same patient. */
export function patientOf(name: string): TestPatient {
	const subject = createHash("sha256").update(name).digest("hex").slice(0, 32) as SubjectId;
	return { subject, pseudonym: keyOf(name).publicKey as Pseudonym };
}

export function keyOf(name: string) {
	return createSigningKey(sha256(encodeUtf8(name)));
}

/** A permitted read of laboratory data, or what the test says instead. */
export function draftOf(pseudonym: Pseudonym, changes: Partial<AccessEntryDraft> = {}): AccessEntryDraft {
	return {
		time: Date.parse("2026-03-02T08:00:00Z"),
		member: testMember,
		requester: keyOf("a clinician").publicKey as PublicKey,
		requesterKind: "person",
		via: testMember,
		action: "read",
		purpose: "TREAT",
		pseudonym,
		compartments: ["laboratory"],
		level: "identified",
		count: 3,
		decision: "permit",
		reasons: ["PERMITTED_BY_CONSENT"],
		consents: [],
		height: 7,
		stalenessMs: 40,
		model: "",
		emergencyReason: "",
		...changes,
	};
}

/** The store with another `commit`, to count, delay or break writes. */
export function withCommit(store: LogStore, commit: (batch: LogBatch) => void): LogStore {
	return new Proxy(store, {
		get(target, name) {
			if (name === "commit") return commit;
			const member: unknown = Reflect.get(target, name);
			return typeof member === "function" ? member.bind(target) : member;
		},
	});
}
