import type { Pseudonym, PublicKey } from "#base";
import { readCredentials } from "#contracts";
import { admitRequest } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import { draftFor } from "./draft.ts";
import { personToken } from "./importRecords.ts";
import { assertFresh } from "./logUnderNobody.ts";
import { openRows } from "./openRows.ts";
import type { GateContext } from "./release.ts";

export interface FoundPatient {
	readonly localId: string;
}

/**
 * Finds enrolled patients by name and birth date, for staff with a current credential of this custodian. The look-up opens the link and
 * nothing else, with purpose LOOKUP, and the patient sees it. Someone who may not look and someone who finds nobody get the same empty list.
 *
 * @throws {@link GateError} `GATE_LEDGER_STALE`.
 */
export async function lookUpPatient(gate: GateContext, input: unknown): Promise<readonly FoundPatient[]> {
	const { parts } = gate;
	const { request, at } = await admitRequest(gate, input, "lookup");
	const { family, given, birthDate } = request.body;
	await assertFresh(parts, request, at, { action: "lookup", purpose: "LOOKUP" });
	const subjects = await parts.store.findSubjects("person", await personToken(parts, family, given, birthDate));
	const credentials = readCredentials(parts.ledger, request.key as PublicKey, decisionTime(parts, at));
	const entitled = request.via === parts.member && credentials.some((held) => held.issuer === parts.member && held.kind !== "researcher");
	const found: FoundPatient[] = [];
	const targets = entitled && subjects.length > 0 ? subjects : [parts.nobody];
	for (const subject of targets) {
		const rows = subject === parts.nobody ? [] : await parts.store.listRecords(subject, ["link"]);
		const pseudonym = (await parts.keyring.pseudonymOf(subject)) as Pseudonym;
		const access = await parts.log.append(
			draftFor(parts, pseudonym, at, {
				requester: request.key,
				requesterKind: "person",
				via: request.via,
				action: "lookup",
				purpose: "LOOKUP",
				compartments: ["link"],
				count: rows.length,
				decision: entitled ? "permit" : "deny",
				reasons: [entitled ? "SYSTEM_TASK" : "GRANTEE_DIFFERS"],
			}),
			{ subject },
		);
		if (!entitled || rows.length === 0) continue;
		for (const { body } of await openRows(parts, access, rows))
			found.push({ localId: (JSON.parse(body.resourceText) as { localId: string }).localId });
	}
	return found;
}
