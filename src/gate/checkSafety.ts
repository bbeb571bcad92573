import { type DataClass, readModel } from "#contracts";
import { admitRequest } from "./authenticate.ts";
import { GateError } from "./errors.ts";
import type { Release, ReleasedResource } from "./gate.ts";
import { type GateContext, incompletenessNotice, releaseForSafety } from "./release.ts";
import type { SafetyCheckBody } from "./requests.ts";

/** What a safety check may look at and nothing else (PROTOCOL §6). */
export const safetyClasses = ["medications", "allergies", "genomics"] as const satisfies readonly DataClass[];

/** All that leaves of a check: no fact, no name of one, not even its kind. */
const warnings = ["none", "caution", "stop"] as const;
export type SafetyWarning = (typeof warnings)[number];

/** A named model's check of what is about to be ordered against what it is shown. */
export type SafetyModel = (resources: readonly ReleasedResource[], order: SafetyCheckBody["order"]) => Promise<SafetyWarning>;

export interface SafetyAnswer {
	/** `none` says that nothing was found in the classes that were checked, and nothing of the others (invariant 6). */
	readonly warning: SafetyWarning;
	readonly classes: readonly { readonly class: DataClass; readonly status: "checked" | "checked-in-part" | "not-available" }[];
	readonly notice: string;
	readonly access: Release["access"];
}

/**
 * Lets a named model check an order against medications, allergies and genes that the one who asks may not see, where the patient allows it
 * (purpose PATSFTY, level `compute`): a warning leaves, the fact does not. The patient sees the check like any access; nothing is filed.
 *
 * @param run - Whatever it answers besides a warning of the closed list is refused and told to nobody.
 * @throws {@link GateError} `GATE_REQUEST_INVALID` for a model that the ledger does not know as current, `GATE_LEDGER_STALE`, `GATE_RELABELLING`.
 */
export async function checkSafety(gate: GateContext, input: unknown, run: SafetyModel): Promise<SafetyAnswer> {
	const { request, at } = await admitRequest(gate, input, "safety-check");
	const { patient, model, order, relationship } = request.body;
	if (readModel(gate.parts.ledger, model)?.status !== "current") {
		throw new GateError("GATE_REQUEST_INVALID", "expected a model that stands on the ledger", { at: "body.model" });
	}
	const shown = relationship === undefined ? {} : { relationship };
	const body = { kind: "read", patient, purpose: "PATSFTY", classes: safetyClasses, level: "compute", model, ...shown } as const;
	const release = await releaseForSafety(gate, { request: { ...request, body }, at });
	const found = await run(release.resources, order);
	const warning = warnings.find((known) => known === found);
	// A model that answers anything else may be telling what it saw.
	if (warning === undefined) throw new TypeError("a safety model answered something that is no warning");
	const classes = release.classes.map(({ class: name, status, restricted }) => ({
		class: name,
		status: status === "not-available" ? status : restricted === true ? ("checked-in-part" as const) : ("checked" as const),
	}));
	return { warning, classes, notice: incompletenessNotice, access: release.access };
}
