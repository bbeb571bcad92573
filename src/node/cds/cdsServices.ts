import type { Hook } from "./cdsRequest.ts";

/** A service as its clients find it. Source: CDS Hooks 2.0, "Discovery". */
export interface CdsService {
	readonly hook: Hook;
	readonly id: string;
	readonly title: string;
	readonly description: string;
	readonly prefetch: Readonly<Record<string, string>>;
}

/** What a record system may bring along, so that medicines it knows of and this house does not are counted in. Nothing of it is required. */
const prefetch = { medications: "MedicationRequest?patient={{context.patientId}}&status=active" };

export const cdsServices: readonly CdsService[] = [
	{
		hook: "patient-view",
		id: "pgx-patient-view",
		title: "Pharmacogenomics: medicines that are taken",
		description: "What CPIC and DPWG advise on the medicines this patient takes, by the patient's genes; what could not be seen is named.",
		prefetch,
	},
	{
		hook: "order-select",
		id: "pgx-order-select",
		title: "Pharmacogenomics: the selected order",
		description:
			"What CPIC and DPWG advise on the selected medicines, by the patient's genes and the medicines taken; what could not be seen is named.",
		prefetch,
	},
	{
		hook: "order-sign",
		id: "pgx-order-sign",
		title: "Pharmacogenomics: before signing",
		description:
			"What CPIC and DPWG advise on the medicines about to be signed, by the patient's genes and the medicines taken; what could not be seen is named.",
		prefetch,
	},
];
