import { decodeHex } from "#base";
import type { DataClass, Level } from "#contracts";
import type { LoggedAccess } from "#vault";
import type { ReleasedResource } from "./gate.ts";
import { minimise } from "./minimise/minimise.ts";
import { pairwiseId } from "./minimise/pairwiseId.ts";
import { type OpenedRow, spelledResource } from "./openRows.ts";
import type { GateParts } from "./parts.ts";
import type { ResolvedPatient } from "./patients.ts";

/**
 * Minimisation to level `pseudonymised` for one audience (a grantee or a study): ids are pairwise, dates move by a constant of patient
 * and audience. What the class × level table does not release comes back as undefined and looks like any other withheld record.
 */
export function minimiseFor(parts: GateParts, patient: ResolvedPatient, access: LoggedAccess, audience: string) {
	let prepared: Promise<{ shiftDays: number; key: Uint8Array }> | undefined;
	const prepare = async () => ({
		shiftDays: await parts.keyring.dateShiftDays(access, patient.subject, audience),
		key: decodeHex(await parts.keyring.lookupToken("pairwise", audience)),
	});
	return async (opened: OpenedRow, level: Level): Promise<ReleasedResource["resource"] | undefined> => {
		prepared ??= prepare();
		const { shiftDays, key } = await prepared;
		const result = minimise(spelledResource(opened), level, {
			classes: opened.row.compartments.split("+") as DataClass[],
			today: new Date(parts.now()).toISOString().slice(0, 10),
			shiftDays,
			pairwiseId: (value) => pairwiseId(key, audience, value),
		});
		return result.released ? result.resource : undefined;
	};
}
