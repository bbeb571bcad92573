import { encodeUtf8, sha256Hex } from "#base";
import type { Candidate } from "../candidates.ts";
import { GateError } from "../errors.ts";
import { logUnderNobody } from "../logUnderNobody.ts";
import type { GateContext } from "../release.ts";
import type { Admitted } from "./openFhir.ts";

/** When patients came to the custodian is information, and one order for two readers would join what goes by other names with each of them. */
export async function inOwnOrder({ parts }: GateContext, { asked }: Admitted, found: readonly Candidate[]): Promise<readonly Candidate[]> {
	const order = await parts.keyring.lookupToken("release-order", asked.key, asked.body.level);
	const placed = found.map((candidate) => ({ candidate, place: sha256Hex(encodeUtf8(`${order}/${candidate.patient.subject}`)) }));
	return placed.sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ candidate }) => candidate);
}

/** Nobody opens everybody's record by an emergency, a duty or a relationship, each of which is about one patient. */
export async function assertAboutMany({ parts }: GateContext, { asked, at }: Admitted): Promise<void> {
	const { purpose, level } = asked.body;
	for (const each of ["emergencyReason", "lawfulUse", "relationship"] as const) {
		if (asked.body[each] === undefined) continue;
		await logUnderNobody(parts, asked, at, { action: "read", purpose, level, compartments: [], decision: "deny", reasons: ["CLASS_NOT_GRANTED"] });
		throw new GateError("GATE_REQUEST_INVALID", `expected no ${each} without a patient; name the one it is about`, { at: `body.${each}` });
	}
}
