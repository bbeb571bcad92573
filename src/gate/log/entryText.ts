import { BaseError, canonicalText, encodeUtf8, maxSizeBytes } from "#base";
import type { AccessEntry } from "#contracts";

/**
 * `canonicalText` of an entry, whose members are known: written in their order, with no names to list and to sort. Members that the format does not
 * have are left out, so it is of entries that were put together here.
 *
 * @throws {@link BaseError} `JSON_NOT_PERMITTED` where `canonicalText` throws it, and for a member that is missing.
 */
export function entryText(entry: AccessEntry): string {
	const { action, compartments, consents, count, decision, emergencyReason, format, height, level, log, member, model, previous } = entry;
	const { pseudonym, purpose, reasons, requester, requesterKind, seq, stalenessMs, time, via } = entry;
	const json = canonicalText;
	const text =
		`{"action":${json(action)},"compartments":${json(compartments)},"consents":${json(consents)},"count":${json(count)},` +
		`"decision":${json(decision)},"emergencyReason":${json(emergencyReason)},"format":${json(format)},"height":${json(height)},` +
		`"level":${json(level)},"log":${json(log)},"member":${json(member)},"model":${json(model)},"previous":${json(previous)},` +
		`"pseudonym":${json(pseudonym)},"purpose":${json(purpose)},"reasons":${json(reasons)},"requester":${json(requester)},` +
		`"requesterKind":${json(requesterKind)},"seq":${json(seq)},"stalenessMs":${json(stalenessMs)},"time":${json(time)},"via":${json(via)}}`;
	if (text.length * 3 > maxSizeBytes && encodeUtf8(text).length > maxSizeBytes) {
		throw new BaseError("JSON_NOT_PERMITTED", `expected an entry of at most ${maxSizeBytes} bytes`, { found: "size" });
	}
	return text;
}
