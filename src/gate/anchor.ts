import { anchorIntervalMs, readAnchor, readLog } from "#contracts";
import type { GateParts } from "./parts.ts";
import { submitAsMember } from "./submitAsMember.ts";

/** Registers this process's log in the access contract, once; before that no anchor of it is accepted. */
export async function registerLog(parts: GateParts): Promise<void> {
	const { ledger, log, member } = parts;
	if (readLog(ledger, member, log.log) !== undefined) return;
	await submitAsMember(parts, "access", "registerLog", { log: log.log, writer: log.writer });
}

/**
 * Anchors the log and the vault's rows on the ledger, if the log grew and the minute is over (or `urgent`, after an emergency access).
 * @returns Whether an anchor was written.
 */
export async function anchorLog(parts: GateParts, urgent: boolean): Promise<boolean> {
	const { ledger, log, member, now } = parts;
	const recorded = readLog(ledger, member, log.log);
	if (recorded === undefined) return false;
	// What a crash kept from being remembered after the ledger had accepted it.
	log.markAnchored(recorded);
	if (log.size() === recorded.size) return false;
	const before = readAnchor(ledger, member);
	const at = Math.max(now(), before?.time ?? 0);
	if (!urgent && before !== undefined && at - before.recordedAtMs < anchorIntervalMs) return false;
	const { size, root, mapRoot, consistency } = log.anchorBody(recorded.size);
	const vaultRoot = await parts.store.root();
	const body = { logs: [{ log: log.log, size, root, mapRoot, proof: consistency }], vaultRoot, time: at, urgent };
	await submitAsMember(parts, "access", "anchor", body);
	const accepted = readLog(ledger, member, log.log);
	if (accepted !== undefined) log.markAnchored(accepted);
	return true;
}

/** Most that an emergency waits for its anchor, in ms: a ledger whose members do not agree answers late, and the receipt opens keys for 5 s. */
const emergencyWaitMs = 2_000;

/**
 * Anchors an emergency before it is answered, so that nobody can leave it out later. What the ledger has not taken by then, or cannot take, it takes with
 * a later anchor.
 */
export async function anchorEmergency(parts: GateParts): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const waited = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, emergencyWaitMs);
	});
	await Promise.race([anchorLog(parts, true).catch(() => false), waited]);
	clearTimeout(timer);
}
