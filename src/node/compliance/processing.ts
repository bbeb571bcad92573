import { readMembers } from "#contracts";
import type { UseTally } from "#gate";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";

/** What Art. 30(1) GDPR asks for and no system can know; the report says so in its place. */
const byHand = ["contact", "representative", "data-protection-officer", "third-countries"] as const;

/** What the node does by itself, each by a rule that a test holds it to (docs/threat-model.md). */
const measures = [
	"encrypted-at-rest",
	"key-per-patient",
	"receipt-before-key",
	"log-of-every-access",
	"anchored-log",
	"signed-requests",
	"pseudonyms-on-ledger",
	"erasure-by-keys",
] as const;

/** How long an access history is kept after an erasure: ten years, as the keyring does where nothing else is configured. */
const auditRetentionYears = 10;

/**
 * Records of processing (Art. 30 GDPR) as far as the system itself knows them: purposes, categories of data and recipients are those that were used,
 * by the gate's own numbers of the last 400 days.
 */
export function describeProcessing({ ledger, now }: Network, { id, name, memberKey }: Institution, uses: readonly UseTally[]) {
	const members = new Map(readMembers(ledger).map((member) => [String(member.id), member.name]));
	const purposes = [...Map.groupBy(uses, ({ purpose }) => purpose)].map(([purpose, of]) => ({
		purpose,
		classes: [...new Set(of.map((use) => use.class))].sort(),
		recipients: [...new Set(of.map(({ via }) => via))].sort().map((via) => ({ member: via, name: members.get(via) ?? via, isHere: via === id })),
		levels: [...new Set(of.map(({ level }) => level))].sort(),
		uses: of.reduce((sum, { count }) => sum + count, 0),
		lastDayMs: Math.max(...of.map(({ day }) => day)),
	}));
	return {
		madeAtMs: now(),
		controller: { member: id, name, key: memberKey.publicKey },
		purposes,
		subjects: ["patients", "staff"] as const,
		retention: { auditYears: auditRetentionYears },
		measures,
		byHand,
	};
}
