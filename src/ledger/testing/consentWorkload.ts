import {
	type CivilDay,
	type ConsentId,
	type Instant,
	type MemberId,
	minuteMs,
	type Pseudonym,
	parseMemberId,
	type SigningKey,
	sha256Hex,
	sha256Utf8,
	systemClock,
} from "#base";
import {
	commitTerms,
	type DecisionRequest,
	decide,
	genesisState,
	type OpenedTerms,
	readConsent,
	readConsents,
	readEnrolment,
	readMember,
	rules,
} from "#contracts";
import { LedgerError } from "../errors.ts";
import type { Genesis, Transaction } from "../ledger.ts";
import { inspectLedger } from "../sealer/inspectLedger.ts";
import type { LedgerDefinition } from "../sealer/options.ts";
import { parseTransaction, signTransaction, transactionId } from "../transaction.ts";
import type { TestNetwork } from "./cometNetwork.ts";
import type { DecideOperation, FinalReplica, History, Outcome, WriteOperation } from "./consentHistory.ts";
import { toyKey } from "./toyLedger.ts";

/** Patients of a run, each with one consent, granted and revoked in it. */
const patientsMax = 4_000;
/** Consents that are asked about at a time: those of whom something changed last. */
const askedMax = 12;
const decideEveryMs = 100;
const doctor = toyKey("doctor").publicKey;

interface Patient {
	readonly key: SigningKey;
	readonly custodian: MemberId;
	readonly opened: OpenedTerms;
}

/** The rules in force over a genesis whose members each have patients enrolled. */
export const consentRules = {
	readMember,
	definition: (genesis: Genesis): LedgerDefinition => ({
		...{ genesis, rules },
		genesisState: (of) => [
			...genesisState(of),
			...Array.from({ length: patientsMax }, (_, i) => ({
				...{ contract: "consent" as const, key: `e/${patientOf(i).publicKey}` },
				value: {
					...{ custodian: of.members[i % of.members.length]!.id, status: "active", consents: 0, latest: "0".repeat(32) },
					...{ delegates: [], successor: "", destroyedAtMs: 0 },
				},
			})),
		],
	}),
};

const patientKeys: SigningKey[] = [];

function patientOf(index: number): SigningKey {
	patientKeys[index] ??= toyKey(`patient ${index}`);
	return patientKeys[index];
}

/**
 * Patients who grant and revoke through every member, and people who ask every member about it all the while, by the rules in force and the decision of the
 * gate: what was asked and answered is a history for `judgeHistory`. Nothing is retried, so that no answer is hidden.
 */
export class ConsentWorkload {
	readonly operations: (WriteOperation | DecideOperation)[] = [];
	readonly #network: TestNetwork;
	readonly #freshnessMs: number;
	readonly #patients: Patient[] = [];
	readonly #running: Promise<void>[] = [];
	#isOver = false;

	constructor(network: TestNetwork, freshnessMs: number) {
		[this.#network, this.#freshnessMs] = [network, freshnessMs];
	}

	start(): void {
		const { members } = this.#network;
		for (const node of members.keys()) for (let lane = 0; lane < 2; lane++) this.#running.push(this.#write(node));
		this.#running.push(this.#ask());
	}

	/** Waits for what is under way: with the members silent for good it would not end. */
	async stop(): Promise<void> {
		this.#isOver = true;
		await Promise.all(this.#running);
	}

	/** Acknowledged writes, and decisions, so far. */
	counts(): { readonly writes: number; readonly unknown: number; readonly released: number; readonly refusedAsStale: number } {
		const of = (holds: (operation: WriteOperation | DecideOperation) => boolean) => this.operations.filter(holds).length;
		return {
			writes: of(({ kind, outcome }) => kind !== "decide" && outcome === "ok"),
			unknown: of(({ kind, outcome }) => kind !== "decide" && outcome === "info"),
			released: of((operation) => operation.kind === "decide" && operation.outcome === "ok" && operation.permitted),
			refusedAsStale: of(({ kind, outcome }) => kind === "decide" && outcome === "fail"),
		};
	}

	/** With what every replica holds at this moment. */
	history(): History {
		const replicas = this.#network.members.map(({ ledger, options }): FinalReplica => {
			const statusOf = (consent: string) => {
				const status = readConsent(ledger!, consent as ConsentId)?.status;
				return status === undefined ? "none" : status === "active" ? "active" : "revoked";
			};
			const leaves = countTransactions(options.path);
			return { root: ledger!.appHash(), statusOf, leavesOf: (id) => leaves.get(id) ?? 0 };
		});
		return { operations: this.operations, replicas, freshnessMs: this.#freshnessMs };
	}

	/** A grant, a while, its revocation, and the next patient. */
	async #write(node: number): Promise<void> {
		while (!this.#isOver) {
			const patient = this.#enrolNext();
			const consent = patient.opened.terms.consentId;
			const { pseudonym } = patient.opened.terms;
			const body = { pseudonym, consentId: consent, validUntil: dayAhead(), termsCommitment: commitTerms(patient.opened) };
			const granted = await this.#submit("grant", node, consent, this.#sign(patient, "grant", body));
			await rest(200);
			if (granted === "ok") await this.#submit("revoke", node, consent, this.#sign(patient, "revoke", { consentId: consent }));
			await rest(100);
		}
	}

	#enrolNext(): Patient {
		const index = this.#patients.length;
		if (index >= patientsMax) throw new Error("expected a shorter run, or more patients");
		const { chain, members } = this.#network.definition.genesis;
		const [key, custodian] = [patientOf(index), members[index % members.length]!.id];
		const consentId = sha256Hex(sha256Utf8(`consent ${index}`)).slice(0, 32) as ConsentId;
		const opened: OpenedTerms = {
			terms: {
				...{ format: "aceso/terms/1", chain, pseudonym: key.publicKey as unknown as Pseudonym, consentId, version: 1, custodian },
				...{ title: "A consent", custodial: false },
				provision: {
					type: "permit",
					purposes: ["TREAT"],
					grantees: [{ kind: "member", member: parseMemberId("member-0"), credential: "practitioner" }],
				},
			},
			salt: sha256Hex(sha256Utf8(`salt ${index}`)),
		};
		const patient = { key, custodian, opened };
		this.#patients.push(patient);
		return patient;
	}

	#sign({ key }: Patient, action: string, body: Transaction["body"]): Transaction {
		const until = Math.floor(systemClock() / minuteMs) * minuteMs + 5 * minuteMs;
		const salt = sha256Hex(sha256Utf8(`${action} ${key.publicKey}`)).slice(0, 32);
		return signTransaction({ chain: this.#network.definition.genesis.chain, contract: "consent", action, body, until, salt }, key);
	}

	async #submit(kind: "grant" | "revoke", node: number, consent: string, transaction: Transaction): Promise<Outcome> {
		const at = this.operations.length;
		const begun: WriteOperation = {
			...{ kind, consent, node, id: transactionId(transaction), invokedAtMs: performance.now() },
			...{ endedAtMs: Number.POSITIVE_INFINITY, outcome: "info" },
		};
		this.operations.push(begun);
		const outcome = await this.#outcomeOf(node, transaction);
		this.operations[at] = { ...begun, outcome, endedAtMs: outcome === "info" ? Number.POSITIVE_INFINITY : performance.now() };
		return outcome;
	}

	async #outcomeOf(node: number, transaction: Transaction): Promise<Outcome> {
		try {
			const [result] = await this.#network.submit(node, transaction);
			return result?.accepted === true ? "ok" : "fail";
		} catch (error) {
			const { code, kind } = error as { code?: string; kind?: string };
			if (kind === "again" || code === "LEDGER_CLOSED" || code === "LEDGER_HALTED") {
				await rest(500);
				return "info";
			}
			throw error;
		}
	}

	async #ask(): Promise<void> {
		while (!this.#isOver) {
			const asked = this.#patients.slice(-askedMax);
			for (const node of this.#network.members.keys()) for (const patient of asked) this.#decide(node, patient);
			await rest(decideEveryMs);
		}
	}

	/** As the gate does: not on a replica that it knows to be stale, by the clock of that member. */
	#decide(node: number, { opened }: Patient): void {
		const { ledger, options } = this.#network.members[node]!;
		const { pseudonym, consentId } = opened.terms;
		const now = options.now() as Instant;
		const at = performance.now();
		const asked = { kind: "decide" as const, consent: consentId, node, invokedAtMs: at };
		if (ledger === undefined || ledger.ended() !== undefined) return;
		const { height } = ledger.head();
		if (ledger.stalenessMs(now) > this.#freshnessMs) {
			this.operations.push({ ...asked, endedAtMs: at, outcome: "fail", permitted: false, height });
			return;
		}
		const state = {
			...{ chain: ledger.chain, enrolment: readEnrolment(ledger, pseudonym), consents: readConsents(ledger, pseudonym) },
			...{ terms: new Map([[consentId, opened]]), implicitPolicy: "deny" as const },
		};
		const verdict = decide(state, requestFor(pseudonym), Math.max(systemClock(), ledger.head().time));
		const permitted = verdict.classes.some(({ released }) => released);
		this.operations.push({ ...asked, endedAtMs: performance.now(), outcome: "ok", permitted, height });
	}
}

/** Leaves of the log by the transaction that they are; what is no transaction is a block's. */
function countTransactions(path: string): ReadonlyMap<string, number> {
	const counts = new Map<string, number>();
	const inspection = inspectLedger(path);
	try {
		for (const bytes of inspection.leaves()) {
			const id = idOf(bytes);
			if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
		}
		return counts;
	} finally {
		inspection.close();
	}
}

function idOf(leaf: Uint8Array): string | undefined {
	try {
		return parseTransaction(leaf).id;
	} catch (error) {
		if (error instanceof LedgerError) return undefined;
		throw error;
	}
}

function requestFor(pseudonym: Pseudonym): DecisionRequest {
	const member = parseMemberId("member-0");
	return {
		requester: { key: doctor, member, credentials: [{ kind: "practitioner", issuer: member }], isPatient: false },
		...{ action: "read", purpose: "TREAT", pseudonym, classes: ["conditions"], level: "identified", emergency: false },
	};
}

function dayAhead(): CivilDay {
	return new Date(systemClock() + 30 * 24 * 60 * minuteMs).toISOString().slice(0, 10) as CivilDay;
}

function rest(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
