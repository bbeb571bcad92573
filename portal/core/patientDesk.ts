import type { Api } from "./api.ts";
import type { GenesView, PatientDesk } from "./patientDeskTypes.ts";

/** What the desk lends to the acts of a patient: the person's signature stays with it. */
export interface DeskTools {
	readonly api: Api;
	readonly signed: (body: object) => object;
	readonly patient: () => object;
}

export function createPatientDesk({ api, signed, patient }: DeskTools): PatientDesk {
	return {
		async genes() {
			const body = { kind: "read", patient: patient(), purpose: "PATRQT", classes: ["genomics"], level: "identified" } as const;
			const view = await api.post<GenesView>("/api/genes", signed(body));
			return { ...view, genes: view.genes.toSorted((one, other) => other.drugs.length - one.drugs.length || (one.gene < other.gene ? -1 : 1)) };
		},
	};
}
