import { z } from "zod";
import {
	canonicalBytes,
	concatBytes,
	type Digest,
	decodeHex,
	encodeUtf8,
	isHex,
	type MemberId,
	type Pseudonym,
	type PublicKey,
	sha256Hex,
} from "#base";
import { ContractRefusal, type StateReader } from "../contract.ts";
import { instantField, memberIdField, pseudonymField, publicKeyField, randomIdField } from "../fields.ts";
import { type DataClass, dataClasses, type Level, levels, type Purpose, purposes, type SensitivityLabel, sensitivityLabels } from "../vocabulary.ts";
import { type LegalBasis, legalBases } from "./bodies.ts";

/** The half of a use required by law that stands on the ledger: nothing of it tells a diagnosis. State key `u/<useId>`. */
export interface LegalUse {
	readonly pseudonym: Pseudonym;
	readonly custodian: MemberId;
	readonly basis: LegalBasis;
	readonly useCommitment: Digest;
	/** Block time. */
	readonly recordedAtMs: number;
}

export function readLegalUse(state: StateReader, useId: string): LegalUse | undefined {
	return state.get("consent", `u/${useId}`) as LegalUse | undefined;
}

/** What the law requires, as the custodian read it; kept with the patient's consents, since the patient is shown it. */
export interface LegalUseTerms {
	readonly format: "aceso/legal-use/1";
	readonly chain: string;
	readonly pseudonym: Pseudonym;
	readonly useId: string;
	readonly custodian: MemberId;
	readonly basis: LegalBasis;
	/** The provision of law, order or file number, such as `IfSG § 6`. */
	readonly citation: string;
	/** Who may ask: the member through which the request comes, and the person where the order names one. */
	readonly recipient: { readonly member: MemberId; readonly key?: PublicKey };
	readonly purpose: Purpose;
	/** What the law reaches and nothing else: `other` and labels only where named. */
	readonly classes: readonly DataClass[];
	readonly labels: readonly SensitivityLabel[];
	readonly level: Level;
	/** Start included, end excluded, UTC ms. */
	readonly startMs: number;
	readonly endMs: number;
}

export interface OpenedLegalUse {
	readonly terms: LegalUseTerms;
	/** 32 random bytes, hex. */
	readonly salt: string;
}

const schema: z.ZodType<LegalUseTerms> = z.strictObject({
	format: z.literal("aceso/legal-use/1"),
	chain: z.string().min(1).max(200),
	pseudonym: pseudonymField,
	useId: randomIdField,
	custodian: memberIdField,
	basis: z.enum(legalBases),
	citation: z.string().min(1).max(500),
	recipient: z.strictObject({ member: memberIdField, key: publicKeyField.optional() }),
	purpose: z.enum(purposes),
	classes: z.array(z.enum(dataClasses)).min(1).max(32),
	labels: z.array(z.enum(sensitivityLabels)).max(16),
	level: z.enum(levels),
	startMs: instantField,
	endMs: instantField,
});

const domain = encodeUtf8("aceso/legal-use/1\0");

/**
 * The commitment that `legalUse` records: H("aceso/legal-use/1" ‖ 0x00 ‖ salt ‖ canonical terms).
 *
 * @throws {@link ContractRefusal} `CONSENT_TERMS_INVALID` for terms that no decision could use.
 */
export function commitLegalUse({ terms, salt }: OpenedLegalUse): Digest {
	const bytes = canonicalBytes(terms);
	if (!isHex(salt, 32) || !schema.safeParse(terms).success || terms.startMs >= terms.endMs) {
		throw new ContractRefusal("consent", "CONSENT_TERMS_INVALID", "expected a legal use of known fields whose period ends after it starts");
	}
	return sha256Hex(concatBytes(domain, decodeHex(salt, 32), bytes)) as Digest;
}
