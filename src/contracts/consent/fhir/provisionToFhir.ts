import type { Grantee, Provision } from "../terms.ts";
import { classCoding, extensionUrl, labelCoding, purposeCoding, systems } from "./codings.ts";
import type { FhirCoding, FhirConcept, FhirDataMeaning, FhirExtension, FhirProvision, FhirReference } from "./fhirConsent.ts";
import { formatPeriod } from "./fhirTime.ts";

/**
 * A provision as R4 writes it, exactly: reading it back gives the same provision. What R4 has no element for (level, models, conditions,
 * diseases, further data restrictions) stands in modifier extensions, so that a reader who does not know them must not act on the rest.
 *
 * @throws ConsentFhirError `CONSENT_FHIR_NOT_EXPRESSIBLE` for instants outside the years 1–9999.
 */
export function provisionToFhir(provision: Provision, at: string): FhirProvision {
	const { type, startMs, endMs, grantees, actions, purposes, classes, dataFromMs, dataToMs, exceptions } = provision;
	const period = formatPeriod(startMs, endMs, `${at}.period`);
	const dataPeriod = formatPeriod(dataFromMs, dataToMs, `${at}.dataPeriod`);
	const securityLabel = labelsToFhir(provision);
	const { data, also } = dataToFhir(provision);
	const modifierExtension = [...restrictions(provision), ...also];
	const extension = emptyLists(provision);
	const nested = exceptions?.map((exception, i) => provisionToFhir(exception, `${at}.provision[${i}]`));
	return {
		...(extension.length > 0 && { extension }),
		...(modifierExtension.length > 0 && { modifierExtension }),
		type,
		...(period && { period }),
		...(grantees && { actor: grantees.map(actorToFhir) }),
		...(actions && { action: actions.map(actionToFhir) }),
		...(securityLabel && { securityLabel }),
		...(purposes && { purpose: purposes.map(purposeCoding) }),
		...(classes && { class: classes.map(classCoding) }),
		...(dataPeriod && { dataPeriod }),
		...(data && { data }),
		...(nested && nested.length > 0 && { provision: nested }),
	};
}

/** A grant of labelled data names normal data as well, since it always includes them; a refusal names labels alone. */
function labelsToFhir({ type, labels }: Provision): readonly FhirCoding[] | undefined {
	if (labels === undefined) return undefined;
	const codings = labels.map(labelCoding);
	return type === "permit" ? [{ system: systems.confidentiality, code: "N" }, ...codings] : codings;
}

function restrictions({ level, models, conditions, diseases }: Provision): readonly FhirExtension[] {
	const codes = (name: string, values: readonly string[] = []) => values.map((valueCode) => ({ url: extensionUrl(name), valueCode }));
	return [
		...codes("level", level === undefined ? [] : [level]),
		...codes("model", models),
		...codes("condition", conditions),
		...codes("disease", diseases),
	];
}

/** FHIR has no empty arrays; two lists of terms may be empty and mean what they mean when absent, but the commitment tells them apart. */
function emptyLists({ models, exceptions }: Provision): readonly FhirExtension[] {
	const names = [...(models?.length === 0 ? ["models"] : []), ...(exceptions?.length === 0 ? ["exceptions"] : [])];
	return names.map((valueCode) => ({ url: extensionUrl("empty"), valueCode }));
}

const meanings = { records: "instance", authors: "authoredby", encounters: "related" } as const satisfies Record<string, FhirDataMeaning>;

/** Repetitions of `data` are alternatives, while our restrictions apply together: the first kind stands in `data`, the others beside it. */
function dataToFhir(provision: Provision): { readonly data: FhirProvision["data"]; readonly also: readonly FhirExtension[] } {
	const kinds = (["records", "authors", "encounters"] as const).filter((kind) => provision[kind] !== undefined);
	const [first, ...rest] = kinds;
	const data = first && provision[first]?.map((value) => ({ meaning: meanings[first], reference: dataReference(first, value) }));
	const also = rest.flatMap((kind) => (provision[kind] ?? []).map((value) => alsoData(kind, value)));
	return { data, also };
}

function alsoData(kind: keyof typeof meanings, value: string): FhirExtension {
	const extension = [
		{ url: "meaning", valueCode: meanings[kind] },
		{ url: "reference", valueReference: dataReference(kind, value) },
	];
	return { url: extensionUrl("data"), extension };
}

/** A relative reference where the text is one, else an identifier: terms allow any short text. */
function dataReference(kind: keyof typeof meanings, value: string): FhirReference {
	const target = value.match(/^([A-Z][A-Za-z]{1,63})\/[A-Za-z0-9.-]{1,64}$/);
	const isRelative = target !== null && (kind !== "encounters" || target[1] === "Encounter");
	return isRelative ? { reference: value } : { identifier: { system: systems.reference, value } };
}

const recipient: FhirConcept = { coding: [{ system: systems.participation, code: "IRCP" }] };

function actorToFhir(grantee: Grantee) {
	const modifierExtension = grantee.kind === "member" ? [{ url: extensionUrl("credential"), valueCode: grantee.credential }] : undefined;
	return { ...(modifierExtension && { modifierExtension }), role: recipient, reference: granteeReference(grantee) };
}

function granteeReference(grantee: Grantee): FhirReference {
	const identified = (type: string, system: string, value: string): FhirReference => ({ type, identifier: { system, value } });
	switch (grantee.kind) {
		case "member":
			return identified("Organization", systems.member, grantee.member);
		case "department":
			return identified("Organization", systems.department, `${grantee.member}/${grantee.department}`);
		case "credential":
			return identified("Group", systems.credential, grantee.credential);
		case "study":
			return identified("Group", systems.study, grantee.study);
		case "actor":
			return identified("Practitioner", systems.key, grantee.key);
	}
}

/** Our own code and the nearest of consentaction, which alone would say less. */
function actionToFhir(action: "read" | "write"): FhirConcept {
	return {
		coding: [
			{ system: systems.action, code: action },
			{ system: systems.consentAction, code: action === "read" ? "access" : "collect" },
		],
	};
}
