/** What is mutated, and by which tests a mutant may be killed. Paths are relative to the repository. */
export interface Target {
	readonly mutate: readonly string[];
	readonly tests: readonly string[];
	/** Tests that judge the sources' own text (an instrumented source is none they could know), and tests that put other modules in place of ours. */
	readonly without: readonly string[];
}

/** Those of the node that ask much of the gate; the others run clients over the same routes. */
const nodeTests = [
	...["fhirRead", "fhirWrite", "fhirExport", "fhirProvenance", "keptOpen", "searchWithoutPatient"].map((name) => `src/node/fhir/${name}.test.ts`),
	"src/node/fhir/subscriptions/subscriptions.test.ts",
	"src/node/compliance/compliance.test.ts",
	"src/node/decimals.test.ts",
	"src/node/objectRoutes.test.ts",
];

const notMutated = [
	/\.test\.ts$/,
	/\/testing\//,
	/\.fixture\.ts$/,
	/\/index\.ts$/,
	/\/errors\.ts$/,
	/\/testing(?:[A-Z]\w*)?\.ts$/,
	/\/crash\w*\.ts$/,
];

export const targets: Readonly<Record<string, Target>> = {
	contracts: {
		mutate: ["src/contracts"],
		tests: ["src/contracts"],
		without: ["src/contracts/rules.test.ts", "src/contracts/determinism.test.ts"],
	},
	gate: {
		mutate: ["src/gate"],
		tests: ["src/gate", "src/node/attacks", "src/insight", ...nodeTests],
		without: ["src/node/attacks/relabelling.test.ts"],
	},
	keyring: { mutate: ["src/vault/keyring", "src/vault/receipt.ts"], tests: ["src/vault"], without: [] },
};

/** True for a source that holds rules: not a test, not what tests use, not a room's door, not a table of error codes. */
export function isMutated(path: string): boolean {
	return path.endsWith(".ts") && !notMutated.some((pattern) => pattern.test(path));
}
