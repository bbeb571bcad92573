import { type SensitivityLabel, sensitivityLabels } from "../../vocabulary.ts";
import { labelsByCode, systems } from "./codings.ts";
import { ConsentFhirError } from "./consentFhirError.ts";
import { isKnown } from "./elements.ts";

interface PlacedCoding {
	readonly system: string;
	readonly code: string;
	readonly at: string;
}

interface SecurityLabels {
	readonly labels: readonly SensitivityLabel[];
	/** Normal confidentiality is named: data without any label. */
	readonly normal: boolean;
	/** A refusal of part of a label became one of all of it. */
	readonly widened: boolean;
}

/**
 * Security labels as ours. PCF 1.1 §1:53.4.2.7: data of a stigmatising sensitivity are Restricted, all other data Normal; so `N` is data
 * without a label and `R` data with any.
 *
 * @throws ConsentFhirError `CONSENT_FHIR_LABEL_UNKNOWN` for an unknown label, a grant of part of a label, or a refusal of normal data alone.
 */
export function labelsFromFhir(codings: readonly PlacedCoding[], type: "permit" | "deny"): SecurityLabels {
	const labels = new Set<SensitivityLabel>();
	let [normal, widened] = [false, false];
	for (const { system, code, at } of codings) {
		const unknown = new ConsentFhirError("CONSENT_FHIR_LABEL_UNKNOWN", at, "expected a label of the closed list; for a grant, a whole one");
		if (system === systems.confidentiality && code === "N" && type === "permit") normal = true;
		else if (system === systems.confidentiality && code === "R") for (const label of sensitivityLabels) labels.add(label);
		else if (system === systems.label && isKnown(sensitivityLabels, code)) labels.add(code);
		else {
			const read = system === systems.actCode ? labelsByCode.get(code) : undefined;
			if (read === undefined || (read.narrower && type === "permit")) throw unknown;
			widened ||= read.narrower;
			for (const label of read.labels) labels.add(label);
		}
	}
	return { labels: [...labels], normal, widened };
}
