import { fhirError } from "../errors.ts";
import { directoryTypes } from "./resolveReferences.ts";

/** What is known of an entry when every entry has been read. */
export interface EntryNode {
	readonly type: string;
	/** Entries that this one refers to. */
	readonly targets: readonly number[];
	/** Entries referred to by an element of the patient compartment (`subject`, `patient`, `beneficiary` …); a part of `targets`. */
	readonly subjects: readonly number[];
}

/**
 * To which patients each entry belongs: one for clinical resources, one or several for directory resources (a practitioner is kept with every patient who was
 * seen by them, because a patient's records must be whole and erasable alone).
 *
 * A resource belongs to the patient its compartment element names; else to the only patient it refers to; else to the patient of what it
 * refers to (a Provenance); else, in a bundle with one patient, to that one.
 *
 * Source: the R4 patient compartment (https://hl7.org/fhir/R4/compartmentdefinition-patient.html).
 *
 * @returns Per entry the indices of Patient entries, ascending.
 * @throws {@link FhirError} `FHIR_PATIENT_UNCLEAR` naming the first entry that belongs to none or to several.
 */
export function assignPatients(entries: readonly EntryNode[]): readonly (readonly number[])[] {
	const patients = entries.flatMap((entry, index) => (entry.type === "Patient" ? [index] : []));
	if (patients.length === 0) throw fhirError("FHIR_PATIENT_UNCLEAR", { path: "Bundle.entry", expected: "a Patient", found: "none" });
	const owners: (number | undefined)[] = entries.map((entry, index) => ownerOf(entries, entry, index));
	inherit(entries, owners);
	const shared = shareDirectory(entries, owners);
	return entries.map((_entry, index) => {
		const owner = owners[index];
		if (owner !== undefined) return [owner];
		const holders = shared.get(index);
		if (holders !== undefined) return [...holders].sort((a, b) => a - b);
		if (patients.length === 1) return [patients[0] as number];
		throw unclear(index, "a patient it belongs to", `none, in a bundle of ${patients.length} patients`);
	});
}

function ownerOf(entries: readonly EntryNode[], entry: EntryNode, index: number): number | undefined {
	if (entry.type === "Patient") return index;
	if (directoryTypes.has(entry.type)) return undefined;
	const isPatient = (target: number) => entries[target]?.type === "Patient";
	for (const candidates of [entry.subjects, entry.targets]) {
		const found = new Set(candidates.filter(isPatient));
		if (found.size === 1) return [...found][0];
		if (found.size > 1) throw unclear(index, "one patient", `${found.size}`);
	}
	return undefined;
}

/**
 * Resources without a patient of their own take that of what they refer to, directly or through others, as long as it is one. Linear in
 * the references: a long chain in reverse order must not cost its square.
 */
function inherit(entries: readonly EntryNode[], owners: (number | undefined)[]): void {
	const referrers: number[][] = entries.map(() => []);
	for (const [index, { targets }] of entries.entries()) for (const target of targets) referrers[target]?.push(index);
	const pending = owners.flatMap((owner, index) => (owner === undefined ? [] : [index]));
	const inherited: number[] = [];
	for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
		for (const index of referrers[next] as number[]) {
			if (owners[index] !== undefined || directoryTypes.has(entries[index]?.type ?? "")) continue;
			owners[index] = owners[next];
			inherited.push(index);
			pending.push(index);
		}
	}
	for (const index of inherited) {
		const found = new Set(entries[index]?.targets.map((target) => owners[target]).filter((owner) => owner !== undefined));
		if (found.size > 1) throw unclear(index, "one patient", `${found.size}`);
	}
}

/** A directory resource goes to every patient whose resources refer to it, directly or through other directory resources. */
function shareDirectory(entries: readonly EntryNode[], owners: readonly (number | undefined)[]): ReadonlyMap<number, ReadonlySet<number>> {
	const shared = new Map<number, Set<number>>();
	const give = (index: number, patient: number) => {
		const pending = [index];
		for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
			if (!directoryTypes.has(entries[next]?.type ?? "")) continue;
			const holders = shared.get(next) ?? new Set();
			if (holders.has(patient)) continue;
			shared.set(next, holders.add(patient));
			pending.push(...(entries[next]?.targets ?? []));
		}
	};
	for (const [index, owner] of owners.entries()) {
		if (owner !== undefined) for (const target of entries[index]?.targets ?? []) give(target, owner);
	}
	return shared;
}

function unclear(entry: number, expected: string, found: string) {
	return fhirError("FHIR_PATIENT_UNCLEAR", { entry, path: `entry[${entry}].resource`, expected, found });
}
