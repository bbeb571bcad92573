import { BaseError, canonicalText } from "#base";
import type { AccessEntry } from "#contracts";

/**
 * `canonicalText` of an entry, whose members are known: written in their order, with no names to list and to sort. Members that the format does not
 * have are left out, so it is of entries that were put together here.
 *
 * @throws {@link BaseError} `JSON_NOT_PERMITTED` where `canonicalText` throws it, and for a member that is missing.
 */
export function entryText(entry: AccessEntry): string {
	const ordered = inOrder(entry);
	if (!isOfTextsAndIntegers(ordered)) return canonicalWhole(ordered);
	// Of these `JSON.stringify` writes what canonical JSON has, in a fraction of the time; but half a character, which is refused, as an escape.
	const text = JSON.stringify(ordered);
	return text.length > plainMax || text.includes("\\") ? canonicalWhole(ordered) : text;
}

/** Up to this many UTF-16 units no text is too large, whatever they are in UTF-8. */
const plainMax = 8_192;

/** Its members in their order, and nothing else. */
function inOrder(entry: AccessEntry): AccessEntry {
	return {
		action: entry.action,
		compartments: entry.compartments,
		consents: entry.consents,
		count: entry.count,
		decision: entry.decision,
		emergencyReason: entry.emergencyReason,
		format: entry.format,
		height: entry.height,
		level: entry.level,
		log: entry.log,
		member: entry.member,
		model: entry.model,
		previous: entry.previous,
		pseudonym: entry.pseudonym,
		purpose: entry.purpose,
		reasons: entry.reasons,
		requester: entry.requester,
		requesterKind: entry.requesterKind,
		seq: entry.seq,
		stalenessMs: entry.stalenessMs,
		time: entry.time,
		via: entry.via,
	};
}

function isOfTextsAndIntegers(entry: AccessEntry): boolean {
	const { action, decision, emergencyReason, format, level, log, member, model, previous, pseudonym, purpose, requester, requesterKind, via } = entry;
	return (
		isText(action) &&
		isText(decision) &&
		isText(emergencyReason) &&
		isText(format) &&
		isText(level) &&
		isText(log) &&
		isText(member) &&
		isText(model) &&
		isText(previous) &&
		isText(pseudonym) &&
		isText(purpose) &&
		isText(requester) &&
		isText(requesterKind) &&
		isText(via) &&
		isInteger(entry.count) &&
		isInteger(entry.height) &&
		isInteger(entry.seq) &&
		isInteger(entry.stalenessMs) &&
		isInteger(entry.time) &&
		isTexts(entry.compartments) &&
		isTexts(entry.consents) &&
		isTexts(entry.reasons)
	);
}

function isText(value: unknown): boolean {
	return typeof value === "string";
}

function isInteger(value: unknown): boolean {
	return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function isTexts(value: unknown): boolean {
	if (!Array.isArray(value)) return false;
	for (let at = 0; at < value.length; at++) if (typeof value[at] !== "string") return false;
	return true;
}

function canonicalWhole(ordered: AccessEntry): string {
	for (const member of Object.values(ordered)) {
		if (member === undefined) throw new BaseError("JSON_NOT_PERMITTED", "expected all members of an entry, found one missing");
	}
	return canonicalText(ordered);
}
