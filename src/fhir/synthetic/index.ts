/** synthetic: invented people with plausible FHIR R4 histories for the demo network and for tests. Nobody real is in them. */
export { type GeneratePeopleParameters, generatePeople } from "./generatePeople.ts";
export {
	type SyntheticFlags,
	type SyntheticInstitutionId,
	type SyntheticPerson,
	type SyntheticRecord,
	type SyntheticResource,
	syntheticInstitutions,
	type TransactionBundle,
} from "./person.ts";
export { acesoCodes, sdiDecile } from "./terms.ts";
