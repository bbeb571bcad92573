import { z } from "zod";
import { isHex } from "#base";
import { consentIdField, countField, memberIdField, pseudonymField, publicKeyField } from "../fields.ts";
import { credentialKinds, dataClasses, levels, purposes, sensitivityLabels } from "../vocabulary.ts";
import type { ConsentTerms, Grantee, OpenedTerms, Provision } from "./terms.ts";

/** Codes inside terms: studies, departments, models, value sets, references, DUO terms. Printable ASCII without spaces. */
const code: z.ZodType<string> = z.string().regex(/^[!-~]{1,200}$/);
/** A list that restricts must say something: an empty one would make a refusal refuse nothing. */
const some = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(256);
const any = <T>(item: z.ZodType<T>) => z.array(item).max(256);
const instant: z.ZodType<number> = z.number().min(-62135596800000).max(253402300800000);

const granteeSchema: z.ZodType<Grantee> = z.discriminatedUnion("kind", [
	z.strictObject({ kind: z.literal("member"), member: memberIdField, credential: z.enum(credentialKinds) }),
	z.strictObject({ kind: z.literal("credential"), credential: z.enum(credentialKinds) }),
	z.strictObject({ kind: z.literal("actor"), key: publicKeyField }),
	z.strictObject({ kind: z.literal("study"), study: code }),
	z.strictObject({ kind: z.literal("department"), member: memberIdField, department: code }),
]);

const restrictions = {
	grantees: some(granteeSchema).optional(),
	purposes: some(z.enum(purposes)).optional(),
	classes: some(z.enum(dataClasses)).optional(),
	conditions: some(code).optional(),
	diseases: some(code).optional(),
	startMs: instant.optional(),
	endMs: instant.optional(),
	actions: some(z.enum(["read", "write"])).optional(),
	records: some(code).optional(),
	authors: some(code).optional(),
	encounters: some(code).optional(),
	dataFromMs: instant.optional(),
	dataToMs: instant.optional(),
};

/** Canonical JSON has bounded the depth before this recursion starts. */
const provisionSchema: z.ZodType<Provision> = z.lazy(() =>
	z.discriminatedUnion("type", [
		z.strictObject({
			...restrictions,
			type: z.literal("permit"),
			labels: any(z.enum(sensitivityLabels)).optional(),
			level: z.enum(levels).optional(),
			models: any(code).optional(),
			exceptions: any(provisionSchema).optional(),
		}),
		z.strictObject({
			...restrictions,
			type: z.literal("deny"),
			labels: some(z.enum(sensitivityLabels)).optional(),
			models: some(code).optional(),
			exceptions: any(provisionSchema).optional(),
		}),
	]),
);

const termsSchema: z.ZodType<ConsentTerms> = z.strictObject({
	format: z.literal("aceso/terms/1"),
	chain: z.string().min(1).max(200),
	pseudonym: pseudonymField,
	consentId: consentIdField,
	version: z.number().min(1).max(9007199254740991),
	custodian: memberIdField,
	title: z.string().max(2_000),
	provision: provisionSchema,
	custodial: z.boolean(),
	compensation: z.strictObject({ cents: countField, currency: z.string().regex(/^[A-Z]{3}$/), per: z.literal("use") }).optional(),
});

/** True for terms that every rule here understands. An unknown field may be a restriction, so it makes terms unusable, never wider. */
export function isOpenedTerms(opened: OpenedTerms): boolean {
	return isHex(opened.salt, 32) && isConsentTerms(opened.terms);
}

export function isConsentTerms(terms: unknown): terms is ConsentTerms {
	const parsed = termsSchema.safeParse(terms);
	return parsed.success && hasRealPeriods(parsed.data.provision);
}

/** True for a provision that terms can be made of. */
export function isUsableProvision(provision: unknown): provision is Provision {
	const parsed = provisionSchema.safeParse(provision);
	return parsed.success && hasRealPeriods(parsed.data);
}

/** A period that ends before it starts would make a refusal refuse nothing. */
function hasRealPeriods({ startMs, endMs, dataFromMs, dataToMs, exceptions }: Provision): boolean {
	const ordered = (from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY) => from < to;
	return ordered(startMs, endMs) && ordered(dataFromMs, dataToMs) && (exceptions ?? []).every(hasRealPeriods);
}
