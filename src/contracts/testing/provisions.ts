import fc from "fast-check";
import type { MemberId } from "#base";
import type { Grantee, Provision } from "../consent/terms.ts";
import { credentialKinds, dataClasses, levels, purposes, sensitivityLabels } from "../vocabulary.ts";
import { keyOf } from "./memoryLedger.ts";

const some = <T>(items: readonly T[]) => fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 4 });
const code = fc.stringMatching(/^[!-~]{1,20}$/);
const codes = fc.uniqueArray(code, { minLength: 1, maxLength: 3 });
const member = fc.constantFrom("hospital", "institute-2").map((id) => id as MemberId);
const instant = fc.integer({ min: -62135596800000 + 1, max: 253402300799999 });
const reference = (type: string) =>
	fc.oneof(
		fc.integer({ min: 1, max: 99 }).map((n) => `${type}/${n}`),
		code,
	);
const references = (type: string) => fc.uniqueArray(reference(type), { minLength: 1, maxLength: 3 });

const grantees: fc.Arbitrary<Grantee> = fc.oneof(
	fc.record({ kind: fc.constant("member" as const), member, credential: fc.constantFrom(...credentialKinds) }),
	fc.record({ kind: fc.constant("credential" as const), credential: fc.constantFrom(...credentialKinds) }),
	fc.constant({ kind: "actor" as const, key: keyOf("doctor").publicKey }),
	fc.record({ kind: fc.constant("study" as const), study: code }),
	fc.record({ kind: fc.constant("department" as const), member, department: code }),
);

/** Two fields of which the first, where both are given, is the smaller. */
function ordered(from: string, to: string): fc.Arbitrary<object> {
	return fc.option(fc.tuple(fc.option(instant), fc.option(instant)), { nil: [null, null] as const }).map(([a, b]) => {
		const [first, second] = a !== null && b !== null && a > b ? [b, a] : [a, b];
		return { ...(first !== null && { [from]: first }), ...(second !== null && second !== first && { [to]: second }) };
	});
}

const shared = {
	grantees: fc.uniqueArray(grantees, { minLength: 1, maxLength: 3, selector: (grantee) => JSON.stringify(grantee) }),
	purposes: some(purposes),
	classes: some(dataClasses),
	conditions: codes,
	diseases: codes,
	actions: some(["read", "write"] as const),
	records: references("Observation"),
	authors: references("Practitioner"),
	encounters: references("Encounter"),
};

/** Any provision that terms may hold, every field of it now and then. */
export function anyProvision(depth = 2): fc.Arbitrary<Provision> {
	const exceptions = depth === 0 ? fc.constant([]) : fc.array(anyProvision(depth - 1), { maxLength: 2 });
	const permit = fc.record(
		{
			...shared,
			labels: fc.uniqueArray(fc.constantFrom(...sensitivityLabels), { maxLength: 3 }),
			level: fc.constantFrom(...levels),
			models: fc.uniqueArray(code, { maxLength: 2 }),
			exceptions,
		},
		{ requiredKeys: [] },
	);
	const deny = fc.record({ ...shared, labels: some(sensitivityLabels), models: codes, exceptions }, { requiredKeys: [] });
	const typed = fc.oneof(
		permit.map((fields) => ({ type: "permit" as const, ...fields })),
		deny.map((fields) => ({ type: "deny" as const, ...fields })),
	);
	return fc
		.tuple(typed, ordered("startMs", "endMs"), ordered("dataFromMs", "dataToMs"))
		.map(([fields, ...times]) => Object.assign({}, fields, ...times));
}
