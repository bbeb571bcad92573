import { sensitivityLabels } from "#contracts";
import { assertValidResource, describeRecord } from "#fhir";
import { indexContentType, namesNobodyTag, type ObjectRecord } from "#gate";

/** What the desk says of a large object. */
export interface ObjectFacts {
	readonly kind: ObjectKind;
	/** The patient's id at this custodian. */
	readonly localId: string;
	readonly contentType?: string;
	/** Day the data are about. */
	readonly date?: string;
	/** The file itself names nobody: only then may it leave at level `pseudonymised`. */
	readonly namesNobody: boolean;
	/** Sensitivity labels that somebody found who looked into it; what nobody looked into carries what its kind does. */
	readonly labels?: readonly (typeof sensitivityLabels)[number][];
}

interface Kind {
	readonly resourceType: string;
	readonly contentType: string;
	/** Carried until somebody reviewed the object. */
	readonly labels: readonly (typeof sensitivityLabels)[number][];
	/** The object first, then what belongs beside it. */
	render(attachments: readonly object[], date: string | undefined): object;
}

const loinc = (code: string, display: string) => ({ coding: [{ system: "http://loinc.org", code, display }] });

const report = (category: object[], code: object) => (attachments: readonly object[], date: string | undefined) => ({
	status: "final",
	...(category.length === 0 ? {} : { category }),
	code,
	...(date === undefined ? {} : { effectiveDateTime: date }),
	presentedForm: attachments,
});

/** What large objects there are, and the R4 resource that fits each: the table of knowledge/classes gives it its class. */
export const objectKinds = {
	/** Variant calls of a genome: class genomics. */
	vcf: {
		resourceType: "DiagnosticReport",
		contentType: "text/plain",
		labels: [],
		render: report(
			[{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/v2-0074", code: "GE" }] }],
			loinc("86206-0", "Whole genome sequence analysis in Blood or Tissue by Molecular genetics method"),
		),
	},
	/** An image or a series of them: class imaging. Its header and its pixels may hold words, which nobody has read (PROTOCOL §6). */
	dicom: {
		resourceType: "Media",
		contentType: "application/dicom",
		labels: sensitivityLabels,
		render: ([attachment]: readonly object[], date: string | undefined) => ({
			status: "completed",
			...(date === undefined ? {} : { createdDateTime: date }),
			content: attachment,
		}),
	},
	/** A series of a glucose sensor: class wearables. */
	cgm: {
		resourceType: "DiagnosticReport",
		contentType: "text/csv",
		labels: [],
		render: report([], loinc("99504-3", "Glucose [Mass/volume] in Interstitial fluid")),
	},
} as const satisfies Record<string, Kind>;

export type ObjectKind = keyof typeof objectKinds;

/** An address of the pointer's form, to judge the record by before there is one. */
const anyUrl = `aceso-blob:${"0".repeat(32)}/1/${"0".repeat(32)}/0`;

/** The only thing that stands beside an object is an index of places in it. */
function besideOf(url: string | undefined): readonly object[] {
	return url === undefined ? [] : [{ contentType: indexContentType, url }];
}

/** The record of an object, judged like any other that comes in. @throws FhirError `FHIR_INVALID`. */
export function createObjectRecord({ kind, localId, contentType, date, namesNobody, labels }: ObjectFacts): ObjectRecord {
	const of: Kind = objectKinds[kind];
	const render = (id: string, url: string, besideUrl?: string) => ({
		resourceType: of.resourceType,
		id,
		...(namesNobody ? { meta: { security: [namesNobodyTag] } } : {}),
		...of.render([{ contentType: contentType ?? of.contentType, url }, ...besideOf(besideUrl)], date),
		subject: { reference: `Patient/${localId}` },
	});
	const sample = render("0".repeat(32), anyUrl);
	assertValidResource(sample);
	const description = describeRecord(sample);
	const found = new Set([...description.labels, ...(labels ?? of.labels)]);
	return {
		localId,
		resourceType: of.resourceType,
		description: {
			...description,
			labels: sensitivityLabels.filter((label) => found.has(label)),
			dataTimeMs: date === undefined ? description.dataTimeMs : Date.parse(date),
		},
		render,
	};
}
