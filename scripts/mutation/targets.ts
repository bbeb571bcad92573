/** What is mutated, and by which tests a mutant may be killed. Paths are relative to the repository. */
export interface Target {
	readonly mutate: readonly string[];
	readonly tests: readonly string[];
	/** Tests that judge the sources' own text (an instrumented source is none they could know), and tests that put other modules in place of ours. */
	readonly without: readonly string[];
}

/** Those of FHIR over HTTP that ask much of the gate; the others run clients over the same routes. */
const fhirTests = [
	"src/node/fhir/fhirRead.test.ts",
	"src/node/fhir/fhirWrite.test.ts",
	"src/node/fhir/fhirExport.test.ts",
	"src/node/fhir/searchWithoutPatient.test.ts",
	"src/node/fhir/subscriptions/subscriptions.test.ts",
];

const notMutated = [/\.test\.ts$/, /\/testing\//, /\.fixture\.ts$/, /\/index\.ts$/, /\/errors\.ts$/, /\/testing(?:[A-Z]\w*)?\.ts$/, /\/crash\w*\.ts$/];

export const targets: Readonly<Record<string, Target>> = {
	contracts: {
		mutate: ["src/contracts"],
		tests: ["src/contracts"],
		without: ["src/contracts/rules.test.ts", "src/contracts/determinism.test.ts"],
	},
	gate: {
		mutate: ["src/gate"],
		tests: ["src/gate", "src/node/attacks", "src/insight", ...fhirTests],
		without: ["src/node/attacks/relabelling.test.ts"],
	},
	keyring: { mutate: ["src/vault/keyring", "src/vault/receipt.ts"], tests: ["src/vault"], without: [] },
};

/** True for a source that holds rules: not a test, not what tests use, not a room's door, not a table of error codes. */
export function isMutated(path: string): boolean {
	return path.endsWith(".ts") && !notMutated.some((pattern) => pattern.test(path));
}
