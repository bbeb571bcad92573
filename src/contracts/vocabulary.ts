/** The closed lists that consents, contracts, classification and the gate share (PROTOCOL §5–6). Order is meaning only where a comment says so. */

/** Kinds of data; patient × class is a compartment, the unit of encryption and consent. `other` is never in a general grant. */
export const dataClasses = [
	"demographics",
	"conditions",
	"medications",
	"allergies",
	"laboratory",
	"vitals",
	"encounters",
	"notes",
	"procedures",
	"immunisations",
	"imaging",
	"genomics",
	"wearables",
	"social",
	"claims",
	"plans",
	"family",
	"other",
] as const;
export type DataClass = (typeof dataClasses)[number];

/** Sensitivities that a general grant never releases: only a provision that names the label does. */
export const sensitivityLabels = ["mental-health", "substance-use", "sexual-health", "reproductive", "violence", "hiv"] as const;
export type SensitivityLabel = (typeof sensitivityLabels)[number];

/** How much leaves, least first: the order is the meaning. */
export const levels = ["aggregate", "compute", "deidentified", "pseudonymised", "identified"] as const;
export type Level = (typeof levels)[number];

/** HL7 v3 PurposeOfUse codes we accept, with their parent where subsumption holds, and our own two for the system's acts. */
export const purposes = ["TREAT", "ETREAT", "HPAYMT", "HOPERAT", "PUBHLTH", "PATSFTY", "HRESCH", "CLINTRCH", "PATRQT", "LOOKUP", "SYSTEM"] as const;
export type Purpose = (typeof purposes)[number];

/** child → parent: a grant for the parent covers the child (HRESCH ⊇ CLINTRCH, TREAT ⊇ ETREAT). */
export const purposeParent: Readonly<Partial<Record<Purpose, Purpose>>> = { CLINTRCH: "HRESCH", ETREAT: "TREAT" };

/** Kinds of credential the ledger knows; who may issue which stands in credentials/SPEC.md. */
export const credentialKinds = [
	"practitioner",
	"researcher",
	"ethics-approval",
	"relationship",
	"guardianship",
	"compliance-officer",
	"model-operator",
] as const;
export type CredentialKind = (typeof credentialKinds)[number];

/** A custodian's rule where no consent applies: the four of IHE PCF. */
export const implicitPolicies = ["normal-data-for-treatment", "all-data-for-treatment", "break-glass-only", "deny"] as const;
export type ImplicitPolicy = (typeof implicitPolicies)[number];
