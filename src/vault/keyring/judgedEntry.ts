import type { AccessEntry } from "#contracts";
import { refusal } from "../receipt.ts";

/** What a keyring judges of an access's entry. */
export type JudgedEntry = Pick<AccessEntry, "compartments" | "decision" | "log" | "member" | "pseudonym">;

/** A text that JSON writes without an escape. */
const text = String.raw`"[^"\\\x00-\x1f]*"`;
const number = "(?:0|-?[1-9][0-9]*)";
const texts = String.raw`\[(?:${text}(?:,${text})*)?\]`;

/** Members of an entry in the order of its canonical form; those that are judged are taken out. */
const members = {
	action: text,
	compartments: texts,
	consents: texts,
	count: number,
	decision: text,
	emergencyReason: text,
	format: text,
	height: number,
	level: text,
	log: text,
	member: text,
	model: text,
	previous: text,
	pseudonym: text,
	purpose: text,
	reasons: texts,
	requester: text,
	requesterKind: text,
	seq: number,
	stalenessMs: number,
	time: number,
	via: text,
} satisfies Record<keyof AccessEntry, string>;

const judged: ReadonlySet<string> = new Set<keyof JudgedEntry>(["compartments", "decision", "log", "member", "pseudonym"]);
const listed = Object.entries(members).map(([name, form]) => `"${name}":${judged.has(name) ? `(${form})` : form}`);
/** The whole of a plain entry and nothing beside it, so that no text inside a member is taken for a member. */
const plainEntry = new RegExp(`^\\{${listed.join(",")}\\}$`);

/**
 * Reads what is judged of an entry out of its text. Nearly every entry is plain: its members in canonical order, nothing escaped. Then this reads
 * what `JSON.parse` reads, in half the time and without the other members; anything else is left to `JSON.parse`.
 *
 * @throws SyntaxError for what is no JSON.
 */
export function readJudged(entryText: string): JudgedEntry {
	const found = plainEntry.exec(entryText);
	if (found === null) return JSON.parse(entryText) as AccessEntry;
	const [, compartments, decision, log, member, pseudonym] = found as unknown as [string, string, string, string, string, string];
	return {
		compartments: itemsOf(compartments) as JudgedEntry["compartments"],
		decision: inner(decision) as JudgedEntry["decision"],
		log: inner(log),
		member: inner(member) as JudgedEntry["member"],
		pseudonym: inner(pseudonym) as JudgedEntry["pseudonym"],
	};
}

/**
 * Holds a set of compartments against an entry.
 *
 * @param joined - Names of the set, joined.
 * @throws {@link VaultError} `VAULT_RECEIPT_REFUSED`: `not-an-audit-access` for the set of an audit key, `compartment-not-named`.
 */
export function assertNamed({ compartments }: JudgedEntry, joined: string): void {
	if (joined === "") throw refusal("not-an-audit-access");
	const named: readonly string[] = compartments;
	const names = joined.includes("+") ? joined.split("+") : [joined];
	if (!names.every((name) => named.includes(name))) throw refusal("compartment-not-named");
}

function itemsOf(list: string): string[] {
	return list === "[]" ? [] : list.slice(2, -2).split('","');
}

function inner(quoted: string): string {
	return quoted.slice(1, -1);
}
