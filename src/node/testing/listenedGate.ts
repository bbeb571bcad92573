import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SubjectId } from "#base";
import type { AccessEntryDraft } from "#contracts";
import { type AccessLog, createGate, type Gate } from "#gate";
import type { SmallNetwork } from "./smallNetwork.ts";

/** A second gate over an institution's stores, whose log is listened to. */
export interface ListenedGate {
	readonly gate: Gate;
	/** Drafts of single entries since they were taken last. */
	readonly told: AccessEntryDraft[];
	/** Those that were written as one leaf. */
	readonly together: (readonly AccessEntryDraft[])[];
	/** What a line calls a key, pseudonym or consent; the house's own and nobody's stand here already. */
	readonly names: Map<string, string>;
	/** Takes what was told, a line for each entry: all of it but when. */
	lines(): readonly string[];
	line(draft: AccessEntryDraft): string;
}

export async function openListenedGate(small: SmallNetwork, more: { readonly cohortMax?: number } = {}): Promise<ListenedGate> {
	const { id, memberKey, keyring, store, objects, log, gate: own } = small.institution();
	const { ledger, now, randomBytes, folder } = small.network;
	const nobody = readFileSync(join(folder, "members", id, "nobody.id"), "utf8") as SubjectId;
	const told: AccessEntryDraft[] = [];
	const together: (readonly AccessEntryDraft[])[] = [];
	const parts = { member: id, memberKey, ledger, keyring, store, objects, memory: own.memory, nobody, now, randomBytes };
	const names = new Map([
		[(await keyring.pseudonymOf(nobody)) as string, "nobody"],
		[memberKey.publicKey as string, `${id}'s`],
	]);
	const line = (draft: AccessEntryDraft) => lineOf(draft, (value) => names.get(value) ?? value);
	const gate = createGate({ ...parts, ...more, log: listenedTo(log, told, together) });
	return { gate, told, together, names, line, lines: () => told.splice(0).map(line) };
}

function listenedTo(log: AccessLog, told: AccessEntryDraft[], together: (readonly AccessEntryDraft[])[]): AccessLog {
	return {
		...{ log: log.log, member: log.member, writer: log.writer, size: () => log.size(), root: (size) => log.root(size) },
		...{ checkpoint: () => log.checkpoint(), anchorBody: (size) => log.anchorBody(size), markAnchored: (record) => log.markAnchored(record) },
		...{ history: (parameters) => log.history(parameters), close: () => log.close() },
		append(draft, options) {
			told.push(draft);
			return log.append(draft, options);
		},
		appendCohort(items) {
			together.push(items.map(({ draft }) => draft));
			return log.appendCohort(items);
		},
	};
}

/** `doctor (person via north) read of ada: conditions x1 for TREAT at identified, permit PERMITTED_BY_CONSENT [consent] by MODEL because REASON` */
function lineOf(draft: AccessEntryDraft, name: (value: string) => string): string {
	const { requester, requesterKind, via, pseudonym, compartments, level, count, consents, action, purpose, decision, reasons } = draft;
	const who = `${name(requester)} (${requesterKind} via ${via})`;
	const what = `${action} of ${name(pseudonym)}: ${compartments.join("+") || "-"} x${count} for ${purpose} at ${level}`;
	const by = draft.model === "" ? "" : ` by ${draft.model}`;
	const because = draft.emergencyReason === "" ? "" : ` because ${draft.emergencyReason}`;
	return `${who} ${what}, ${decision} ${reasons.join("+")} [${consents.map(name).sort()}]${by}${because}`;
}
