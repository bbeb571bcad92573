/**
 * Which rooms a room may import, by the order they stand in: base → log → contracts; base → fhir, genomics, ledger → wallet; vault → gate → insight →
 * node → cli. `insight` reaches records only through the gate, so it stands after the vault and may not import it.
 */
export const allowedImports: Readonly<Record<string, readonly string[]>> = {
	base: [],
	log: ["base"],
	contracts: ["base", "log"],
	fhir: ["base", "contracts"],
	genomics: ["base"],
	ledger: ["base", "log", "contracts"],
	wallet: ["base", "log", "contracts", "ledger"],
	vault: ["base", "log", "contracts", "fhir"],
	gate: ["base", "log", "contracts", "fhir", "ledger", "wallet", "vault"],
	insight: ["base", "log", "contracts", "fhir", "genomics", "ledger", "wallet", "gate"],
	node: ["base", "log", "contracts", "fhir", "genomics", "ledger", "wallet", "vault", "gate", "insight"],
	cli: ["base", "log", "contracts", "fhir", "genomics", "ledger", "wallet", "vault", "gate", "insight", "node"],
};

/** Rooms that compute only: what they need from outside comes in as an argument. */
export const pureRooms = ["base", "log", "contracts", "fhir", "genomics", "insight"] as const;

/**
 * Files of pure rooms that read a table shipped with the project (`knowledge/`) once, when they are loaded; and the one that opens a bundle the
 * caller names, as a stream. Anything else opens no file.
 */
export const tableReaders = [
	"src/fhir/bundle/openBundleFile.ts",
	"src/fhir/fhirIndex.ts",
	"src/fhir/search/searchIndex.ts",
	"src/fhir/profiles/requiredValueSets.ts",
	"src/fhir/describe/knowledge.ts",
	"src/insight/prevent/codes.ts",
	"src/insight/prevent/coefficients.ts",
] as const;
