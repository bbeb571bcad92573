import { resolve } from "node:path";
import type { Awaitable, MemberId, Pseudonym, SubjectId } from "#base";
import type { Compartment } from "#contracts";
import type { DestructionReport, Keyring, LoggedAccess, SealingHandle, SubjectStatus, WrappedDataKey } from "../../vault.ts";
import type { KeyringUpkeep } from "../keyringUpkeep.ts";
import type { KeyRootConfig } from "../kms/keyRoot.ts";
import { AnswerCache } from "./answerCache.ts";
import type { Channel } from "./channel.ts";
import { operations } from "./operations.ts";

interface RemoteKeyringOptions {
	/** Whether answers about subjects are kept: only while the process runs, and where nobody else can change them. */
	readonly mayRemember?: () => boolean;
}

const noEvidence = new Uint8Array(0);

/** A keyring in another process: every method is one request. What it refuses, it refuses there. */
export class RemoteKeyring implements Keyring, KeyringUpkeep {
	readonly custodian: MemberId;
	readonly #channel: Channel;
	readonly #mayRemember: () => boolean;
	readonly #answers = new AnswerCache();

	constructor(custodian: MemberId, channel: Channel, { mayRemember = () => false }: RemoteKeyringOptions = {}) {
		this.custodian = custodian;
		this.#channel = channel;
		this.#mayRemember = mayRemember;
	}

	createSubject(subject: SubjectId, pseudonym: Pseudonym): Promise<void> {
		return this.#answers.adding(() => this.#channel.call(operations.createSubject, [subject, pseudonym]));
	}

	bind(subject: SubjectId, pseudonym: Pseudonym, evidence: Uint8Array = noEvidence): Promise<void> {
		return this.#changing(() => this.#channel.call(operations.bind, [subject, pseudonym, evidence]));
	}

	showLogs(evidence: Uint8Array): Promise<void> {
		return this.#channel.call(operations.showLogs, [evidence]);
	}

	honoursLog(log: string): Promise<boolean> {
		return this.#channel.call(operations.honoursLog, [log]);
	}

	subjectOf(pseudonym: Pseudonym): Promise<SubjectId | undefined> {
		return this.#channel.call(operations.subjectOf, [pseudonym]);
	}

	pseudonymOf(subject: SubjectId): Promise<Pseudonym | undefined> {
		return this.#known(`pseudonym ${subject}`, () => this.#channel.call(operations.pseudonymOf, [subject]));
	}

	status(subject: SubjectId): Promise<SubjectStatus> {
		// Somebody unknown may be made at any moment.
		return this.#known(
			`status ${subject}`,
			() => this.#channel.call(operations.status, [subject]),
			(status) => status !== "unknown",
		);
	}

	destroyedOf(subject: SubjectId): Promise<readonly Compartment[]> {
		return this.#known(`destroyed ${subject}`, () => this.#channel.call(operations.destroyedOf, [subject]));
	}

	changes(): number | undefined {
		return this.#mayRemember() ? this.#answers.changes : undefined;
	}

	sealFor(subject: SubjectId, compartments: readonly Compartment[]): Promise<SealingHandle> {
		return this.#channel.call(operations.sealFor, [subject, compartments]);
	}

	sealAudit(subject: SubjectId): Promise<SealingHandle> {
		return this.#channel.call(operations.sealAudit, [subject]);
	}

	unwrap(access: LoggedAccess, keys: readonly WrappedDataKey[]): Promise<readonly Uint8Array[]> {
		return this.#channel.call(operations.unwrap, [access, keys]);
	}

	unwrapAudit(access: LoggedAccess, keys: readonly WrappedDataKey[]): Promise<readonly Uint8Array[]> {
		return this.#channel.call(operations.unwrapAudit, [access, keys]);
	}

	lookupToken(purpose: string, ...parts: readonly string[]): Awaitable<string> {
		return this.#atHand(`token ${JSON.stringify([purpose, ...parts])}`, () => this.#channel.call(operations.lookupToken, [purpose, parts]));
	}

	dateShiftDays(access: LoggedAccess, subject: SubjectId, context: string): Promise<number> {
		return this.#channel.call(operations.dateShiftDays, [access, subject, context]);
	}

	destroy(subject: SubjectId, what: "all" | readonly Compartment[]): Promise<DestructionReport> {
		return this.#changing(() => this.#channel.call(operations.destroy, [subject, what]));
	}

	/** A path means what it means to the caller, wherever the keyring runs. */
	backupKeys(path: string): Promise<{ readonly epoch: number; readonly subjects: number }> {
		return this.#channel.call(operations.backupKeys, [resolve(path)]);
	}

	expireEpochs(): Promise<number> {
		return this.#channel.call(operations.expireEpochs, []);
	}

	expireAuditKeys(): Promise<number> {
		return this.#changing(() => this.#channel.call(operations.expireAuditKeys, []));
	}

	verifyKeys(): Promise<{ readonly live: number; readonly destroyed: number }> {
		return this.#channel.call(operations.verifyKeys, []);
	}

	rotateRoot(): Promise<number> {
		return this.#channel.call(operations.rotateRoot, []);
	}

	changeKeyRoot(config: KeyRootConfig): Promise<number> {
		return this.#channel.call(operations.changeKeyRoot, [config]);
	}

	rotateKeyRoot(config: KeyRootConfig): Promise<number> {
		return this.#channel.call(operations.rotateKeyRoot, [config]);
	}

	close(): Promise<void> {
		this.#answers.forget();
		return this.#channel.close();
	}

	/** The next process is asked everything anew. */
	forget(): void {
		this.#answers.forget();
	}

	#known<Answer>(question: string, ask: () => Promise<Answer>, isKept?: (answer: Answer) => boolean): Promise<Answer> {
		return Promise.resolve(this.#atHand(question, ask, isKept));
	}

	#atHand<Answer>(question: string, ask: () => Promise<Answer>, isKept?: (answer: Answer) => boolean): Awaitable<Answer> {
		return this.#mayRemember() ? this.#answers.of(question, ask, isKept) : ask();
	}

	#changing<Result>(change: () => Promise<Result>): Promise<Result> {
		return this.#answers.changing(change);
	}
}
