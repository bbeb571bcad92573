import type { Digest, Pseudonym, SubjectId } from "#base";
import type { AccessEntry, Compartment } from "#contracts";
import { type CohortPlace, isCohortPlace } from "#log";
import { VaultError } from "../../errors.ts";
import { isReceipt, refusal } from "../../receipt.ts";
import type { DestructionReport, Keyring, LoggedAccess, Receipt, SealingHandle, SubjectStatus, WrappedDataKey } from "../../vault.ts";
import type { KeyringUpkeep } from "../keyringUpkeep.ts";
import type { KeyRootConfig } from "../kms/keyRoot.ts";
import { maxKeysPerCall } from "./frames.ts";
import { type ByteReader, type ByteWriter, notAFrame } from "./wireBytes.ts";

/** What a process serves. */
export interface Served {
	readonly keyring: Omit<Keyring, "custodian" | "close"> & KeyringUpkeep;
}

/** One request and its answer in bytes: the caller's side. */
export interface Operation<Arguments extends readonly unknown[], Result> {
	readonly code: number;
	/** A receipt rests on the process it was minted for: such a call is not sent to the next one. */
	readonly carriesReceipt: boolean;
	write(to: ByteWriter, args: Arguments): void;
	readResult(from: ByteReader): Result;
}

/** The keyring's side: reads everything first (throws on a malformed request), then runs. */
interface ServedOperation {
	readonly code: number;
	serve(from: ByteReader, served: Served): Promise<(to: ByteWriter) => void>;
}

interface RequestForm<Arguments extends readonly unknown[], Result> {
	readonly code: number;
	readonly carriesReceipt?: true;
	readonly write: (to: ByteWriter, ...args: Arguments) => void;
	readonly read: (from: ByteReader) => Arguments;
	readonly run: (served: Served, ...args: Arguments) => Promise<Result>;
}

interface AnswerForm<Result> {
	readonly write: (to: ByteWriter, result: Result) => void;
	readonly read: (from: ByteReader) => Result;
}

function operation<Arguments extends readonly unknown[] | [], Result>(
	answer: AnswerForm<Result>,
	request: RequestForm<Arguments, Result>,
): Operation<Arguments, Result> & ServedOperation {
	return {
		code: request.code,
		carriesReceipt: request.carriesReceipt === true,
		write: (to, args) => request.write(to, ...args),
		readResult: answer.read,
		serve: (from, served) => {
			const args = request.read(from);
			from.end();
			return request.run(served, ...args).then((result) => (to) => answer.write(to, result));
		},
	};
}

const maxCompartments = 64;
/** Sibling hashes of a place in a cohort; more than any has. */
const maxSiblings = 64;
const nothing: AnswerForm<void> = { write: () => {}, read: () => {} };
const count: AnswerForm<number> = { write: (to, result) => to.number(result), read: (from) => from.number() };
const text: AnswerForm<string> = { write: (to, result) => to.text(result), read: (from) => from.text() };
const statusText: AnswerForm<SubjectStatus> = { write: (to, result) => to.text(result), read: (from) => from.text() as SubjectStatus };
const yesOrNo: AnswerForm<boolean> = { write: (to, result) => to.byte(result ? 1 : 0), read: (from) => from.byte() === 1 };
const handle: AnswerForm<SealingHandle> = { write: writeHandle, read: readHandle };
const keyList: AnswerForm<readonly Uint8Array[]> = { write: writeKeys, read: readKeys };

/** Of facts about keys, never of keys. */
function json<Result extends object>(): AnswerForm<Result> {
	return { write: (to, result) => to.text(JSON.stringify(result)), read: (from) => JSON.parse(from.text()) as Result };
}

/** An id, or nothing. */
function optional<Id extends string>(): AnswerForm<Id | undefined> {
	return { write: (to, result) => to.text(result ?? ""), read: (from) => (from.text() || undefined) as Id | undefined };
}

/** Every operation, by name. Codes are never used again for something else: 13 once told which logs to honour. */
export const operations = {
	createSubject: operation(nothing, {
		code: 1,
		write: writeTwo,
		read: (from) => [subject(from), pseudonym(from)],
		run: ({ keyring }, who, as) => keyring.createSubject(who, as),
	}),
	bind: operation(nothing, {
		code: 2,
		write: (to, who: SubjectId, as: Pseudonym, evidence: Uint8Array) => {
			writeTwo(to, who, as);
			to.bytes(evidence);
		},
		read: (from) => [subject(from), pseudonym(from), from.bytes()],
		run: ({ keyring }, who: SubjectId, as: Pseudonym, evidence: Uint8Array) => keyring.bind(who, as, evidence),
	}),
	subjectOf: operation(optional<SubjectId>(), {
		code: 3,
		write: (to, of: Pseudonym) => to.text(of),
		read: (from) => [pseudonym(from)],
		run: ({ keyring }, of: Pseudonym) => keyring.subjectOf(of),
	}),
	pseudonymOf: operation(optional<Pseudonym>(), {
		code: 4,
		write: (to, of: SubjectId) => to.text(of),
		read: (from) => [subject(from)],
		run: ({ keyring }, of: SubjectId) => keyring.pseudonymOf(of),
	}),
	status: operation(statusText, {
		code: 5,
		write: (to, of: SubjectId) => to.text(of),
		read: (from) => [subject(from)],
		run: ({ keyring }, of: SubjectId) => keyring.status(of),
	}),
	destroyedOf: operation(json<readonly Compartment[]>(), {
		code: 33,
		write: (to, of: SubjectId) => to.text(of),
		read: (from) => [subject(from)],
		run: async ({ keyring }, of: SubjectId) => keyring.destroyedOf(of),
	}),
	sealFor: operation(handle, {
		code: 6,
		write: (to, of: SubjectId, compartments: readonly Compartment[]) => {
			to.text(of);
			writeNames(to, compartments);
		},
		read: (from) => [subject(from), readNames(from)],
		run: ({ keyring }, of: SubjectId, compartments: readonly Compartment[]) => keyring.sealFor(of, compartments),
	}),
	sealAudit: operation(handle, {
		code: 7,
		write: (to, of: SubjectId) => to.text(of),
		read: (from) => [subject(from)],
		run: ({ keyring }, of: SubjectId) => keyring.sealAudit(of),
	}),
	unwrap: operation(keyList, {
		code: 8,
		carriesReceipt: true,
		write: writeUnwrap,
		read: (from) => [readAccess(from), readWrapped(from)],
		run: async ({ keyring }, access, keys) => keyring.unwrap(access, keys),
	}),
	unwrapAudit: operation(keyList, {
		code: 9,
		carriesReceipt: true,
		write: writeUnwrap,
		read: (from) => [readAccess(from), readWrapped(from)],
		run: ({ keyring }, access, keys) => keyring.unwrapAudit(access, keys),
	}),
	lookupToken: operation(text, {
		code: 10,
		// As JSON, which spells lone surrogates out: the token is then the same as without a process between.
		write: (to, purpose: string, parts: readonly string[]) => to.text(JSON.stringify([purpose, ...parts])),
		read: (from) => readTokenParts(from.text()),
		run: async ({ keyring }, purpose: string, parts: readonly string[]) => keyring.lookupToken(purpose, ...parts),
	}),
	dateShiftDays: operation(count, {
		code: 11,
		carriesReceipt: true,
		write: (to, access: LoggedAccess, of: SubjectId, context: string) => {
			writeAccess(to, access);
			to.text(of);
			to.text(context);
		},
		read: (from) => [readAccess(from), subject(from), from.text()],
		run: ({ keyring }, access: LoggedAccess, of: SubjectId, context: string) => keyring.dateShiftDays(access, of, context),
	}),
	destroy: operation(json<DestructionReport>(), {
		code: 12,
		write: (to, of: SubjectId, what: "all" | readonly Compartment[]) => {
			to.text(of);
			to.byte(what === "all" ? 1 : 0);
			writeNames(to, what === "all" ? [] : what);
		},
		read: (from) => [subject(from), readWhat(from)],
		run: ({ keyring }, of: SubjectId, what: "all" | readonly Compartment[]) => keyring.destroy(of, what),
	}),
	showLogs: operation(nothing, {
		code: 31,
		write: (to, evidence: Uint8Array) => to.bytes(evidence),
		read: (from) => [from.bytes()],
		run: ({ keyring }, evidence: Uint8Array) => keyring.showLogs(evidence),
	}),
	honoursLog: operation(yesOrNo, {
		code: 32,
		write: (to, log: string) => to.text(log),
		read: (from) => [from.text()],
		run: ({ keyring }, log: string) => keyring.honoursLog(log),
	}),
	backupKeys: operation(json<{ readonly epoch: number; readonly subjects: number }>(), {
		code: 14,
		write: (to, path: string) => to.text(path),
		read: (from) => [from.text()],
		run: ({ keyring }, path: string) => keyring.backupKeys(path),
	}),
	expireEpochs: operation(count, { code: 15, write: () => {}, read: () => [], run: ({ keyring }) => keyring.expireEpochs() }),
	expireAuditKeys: operation(count, { code: 16, write: () => {}, read: () => [], run: ({ keyring }) => keyring.expireAuditKeys() }),
	verifyKeys: operation(json<{ readonly live: number; readonly destroyed: number }>(), {
		code: 17,
		write: () => {},
		read: () => [],
		run: ({ keyring }) => keyring.verifyKeys(),
	}),
	rotateRoot: operation(count, { code: 18, write: () => {}, read: () => [], run: ({ keyring }) => keyring.rotateRoot() }),
	changeKeyRoot: operation(count, {
		code: 19,
		write: (to, config: KeyRootConfig) => to.text(JSON.stringify(config)),
		read: (from) => [JSON.parse(from.text()) as KeyRootConfig],
		run: ({ keyring }, config: KeyRootConfig) => keyring.changeKeyRoot(config),
	}),
	rotateKeyRoot: operation(count, {
		code: 20,
		write: (to, config: KeyRootConfig) => to.text(JSON.stringify(config)),
		read: (from) => [JSON.parse(from.text()) as KeyRootConfig],
		run: ({ keyring }, config: KeyRootConfig) => keyring.rotateKeyRoot(config),
	}),
};

/** The keyring's side of {@link operations}, by code. */
export const servedOperations: ReadonlyMap<number, ServedOperation> = new Map(Object.values(operations).map((each) => [each.code, each]));

function subject(from: ByteReader): SubjectId {
	return from.text() as SubjectId;
}

function pseudonym(from: ByteReader): Pseudonym {
	return from.text() as Pseudonym;
}

function writeTwo(to: ByteWriter, who: SubjectId, as: Pseudonym): void {
	to.text(who);
	to.text(as);
}

function writeNames(to: ByteWriter, names: readonly string[]): void {
	to.uint32(names.length);
	for (const name of names) to.text(name);
}

function readNames(from: ByteReader): Compartment[] {
	return from.list(maxCompartments, () => from.text() as Compartment);
}

function readWhat(from: ByteReader): "all" | Compartment[] {
	const all = from.byte() === 1;
	const names = readNames(from);
	return all ? "all" : names;
}

function readTokenParts(text: string): [purpose: string, parts: readonly string[]] {
	const all = JSON.parse(text) as unknown;
	if (!Array.isArray(all) || all.length === 0 || !all.every((part) => typeof part === "string")) throw notAFrame();
	return [all[0] as string, all.slice(1) as string[]];
}

function writeUnwrap(to: ByteWriter, access: LoggedAccess, keys: readonly WrappedDataKey[]): void {
	if (keys.length > maxKeysPerCall) throw new VaultError("VAULT_ROW_INVALID", `expected at most ${maxKeysPerCall} keys, found ${keys.length}`);
	writeAccess(to, access);
	to.uint32(keys.length);
	for (const { id, subject: of, compartments, wrapped } of keys) {
		to.text(id);
		to.text(of);
		writeNames(to, compartments);
		to.bytes(wrapped);
	}
}

function readWrapped(from: ByteReader): WrappedDataKey[] {
	return from.list(maxKeysPerCall, () => ({ id: from.text(), subject: subject(from), compartments: readNames(from), wrapped: from.bytes() }));
}

/** An access of another form has no bytes and is refused here; whether a formed one opens anything the keyring alone judges. */
function writeAccess(to: ByteWriter, { entry, canonical, salt, leafIndex, cohort, receipt }: LoggedAccess): void {
	const isText = canonical === undefined || typeof canonical === "string";
	if (!isReceipt(receipt) || typeof entry !== "object" || typeof salt !== "string" || !isText) throw refusal("malformed");
	writePlace(to, cohort);
	to.byte(canonical === undefined ? 0 : 1);
	to.text(canonical ?? JSON.stringify(entry));
	to.text(salt);
	to.number(leafIndex);
	to.text(receipt.log);
	to.number(receipt.leafIndex);
	to.text(receipt.entryHash);
	to.text(receipt.nonce);
	to.number(receipt.expiresAtMs);
	to.text(receipt.mac);
}

/** Whether the entry is one of a cohort, and where. */
function writePlace(to: ByteWriter, place: CohortPlace | undefined): void {
	if (place !== undefined && !isCohortPlace(place)) throw refusal("malformed");
	to.byte(place === undefined ? 0 : 1);
	if (place === undefined) return;
	to.number(place.index);
	to.number(place.count);
	writeNames(to, place.proof);
}

function readPlace(from: ByteReader): CohortPlace | undefined {
	if (from.byte() !== 1) return undefined;
	return { index: from.number(), count: from.number(), proof: from.list(maxSiblings, () => from.text()) };
}

function readAccess(from: ByteReader): LoggedAccess {
	const cohort = readPlace(from);
	const isCanonical = from.byte() === 1;
	const text = from.text();
	// Beside its canonical text an entry counts for nothing (VA73), so it is not read.
	const entry = (isCanonical ? {} : JSON.parse(text)) as AccessEntry;
	const [salt, leafIndex] = [from.text(), from.number()];
	const receipt: Receipt = {
		log: from.text(),
		leafIndex: from.number(),
		entryHash: from.text() as Digest,
		nonce: from.text(),
		expiresAtMs: from.number(),
		mac: from.text(),
	};
	return { entry, salt, leafIndex, receipt, ...(isCanonical ? { canonical: text } : {}), ...(cohort === undefined ? {} : { cohort }) };
}

/** Writes a data key and forgets it. */
function writeKey(to: ByteWriter, key: Uint8Array): void {
	to.bytes(key);
	key.fill(0);
}

function writeHandle(to: ByteWriter, { dataKey, wrapped }: SealingHandle): void {
	writeKey(to, dataKey);
	to.text(wrapped.id);
	to.text(wrapped.subject);
	writeNames(to, wrapped.compartments);
	to.bytes(wrapped.wrapped);
}

function readHandle(from: ByteReader): SealingHandle {
	const dataKey = Uint8Array.from(from.bytes());
	const [id, of, compartments] = [from.text(), subject(from), readNames(from)];
	return { dataKey, wrapped: { id, subject: of, compartments, wrapped: Uint8Array.from(from.bytes()) } };
}

function writeKeys(to: ByteWriter, keys: readonly Uint8Array[]): void {
	to.uint32(keys.length);
	for (const key of keys) writeKey(to, key);
}

function readKeys(from: ByteReader): readonly Uint8Array[] {
	return from.list(maxKeysPerCall, () => Uint8Array.from(from.bytes()));
}
