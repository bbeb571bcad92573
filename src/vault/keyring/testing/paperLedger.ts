import { CodedError, decodeUtf8, encodeHex, encodeUtf8, hmacSha256, type JsonValue, type MemberId, type Pseudonym } from "#base";
import { type ContractName, readLogs, type StateReader } from "#contracts";
import type { JudgedEvidence, LedgerVerifier } from "../evidence/ledgerVerifier.ts";

/**
 * A ledger for tests of the keyring alone: the evidence is the judgement itself, under a MAC of the ledger's name, which is its pins. What real
 * evidence has to prove, `src/node` tests with the real one.
 */
export class PaperLedger {
	readonly pins: string;
	readonly clock: { now: number };
	readonly state = new Map<string, JsonValue>();
	size = 10;
	#logs = 0;

	constructor(clock: { now: number }, pins = "paper ledger") {
		[this.clock, this.pins] = [clock, pins];
	}

	enrol(pseudonym: Pseudonym, enrolment: { readonly [field: string]: JsonValue } = {}): void {
		this.put("consent", `e/${pseudonym}`, { custodian: "klinik-nord", status: "active", successor: "", ...enrolment });
	}

	rotate(from: Pseudonym, to: Pseudonym): void {
		this.enrol(from, { status: "rotated", successor: to });
		this.enrol(to);
	}

	/** Registers the log, or changes how it stands. */
	setLog(log: string, status: "open" | "closed"): void {
		const isNew = !this.state.has(`access l/klinik-nord/${log}`);
		this.put("access", `l/klinik-nord/${log}`, { member: "klinik-nord", log, status });
		if (!isNew) return;
		this.put("access", `n/klinik-nord/${this.#logs}`, { log });
		this.put("access", "m/klinik-nord", { logs: ++this.#logs });
	}

	put(contract: ContractName, key: string, value: JsonValue): void {
		this.state.set(`${contract} ${key}`, value);
		this.size++;
	}

	/** Evidence of what `read` looks at, or altered. */
	show(read: (state: StateReader) => void, changes: Partial<JudgedEvidence> = {}): Uint8Array {
		const values: JudgedEvidence["values"][number][] = [];
		read({
			get: (contract, key) => {
				const value = this.state.get(`${contract} ${key}`);
				values.push({ contract, key, value });
				return value;
			},
		});
		const checkpoint = { size: this.size, root: `root of ${this.size}` };
		return seal(this.pins, { checkpoint, isWitnessed: true, signedAtMs: this.clock.now, values, ...changes });
	}

	/** That a pseudonym is enrolled, and those it is to succeed. */
	showEnrolments(...pseudonyms: readonly Pseudonym[]): Uint8Array {
		return this.show((state) => pseudonyms.forEach((pseudonym) => void state.get("consent", `e/${pseudonym}`)));
	}

	showLogs(changes: Partial<JudgedEvidence> = {}): Uint8Array {
		return this.show((state) => void readLogs(state, "klinik-nord" as MemberId), changes);
	}
}

class PaperError extends CodedError<"PAPER_FORGED"> {}

export function createPaperVerifier(pins: string): LedgerVerifier {
	return {
		pins,
		verify(evidence) {
			const [mac, text] = decodeUtf8(evidence).split("\n") as [string, string];
			if (mac !== macOf(pins, text)) throw new PaperError("PAPER_FORGED", "refused", "expected evidence of this paper ledger", {});
			return JSON.parse(text) as JudgedEvidence;
		},
	};
}

function seal(pins: string, judged: JudgedEvidence): Uint8Array {
	const text = JSON.stringify(judged);
	return encodeUtf8(`${macOf(pins, text)}\n${text}`);
}

function macOf(pins: string, text: string): string {
	return encodeHex(hmacSha256(encodeUtf8(pins), encodeUtf8(text ?? "")));
}
