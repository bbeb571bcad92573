import { type CivilDay, type ConsentId, encodeHex, type JsonObject, type MemberId, type Pseudonym, type Signature, type SigningKey } from "#base";
import {
	type ChangeBody,
	type ConsentTerms,
	commitTerms,
	type Delegate,
	type DelegateBody,
	type EnrolBody,
	endOfDayMs,
	type GrantBody,
	type OpenedTerms,
	type PendingRotationBody,
	type Provision,
	type RevokeBody,
	type RotateBody,
	rotationMessage,
	type UndelegateBody,
} from "#contracts";
import { latestUntil, signTransaction, type Transaction } from "#ledger";
import { WalletError } from "./errors.ts";
import type { PseudonymKey } from "./wallet.ts";

/** Where and when something is signed. */
export interface SigningContext {
	readonly chain: string;
	/** UTC ms; the transaction is void about 14 minutes later. */
	readonly nowMs: number;
	readonly randomBytes: (lengthBytes: number) => Uint8Array;
}

/** What a patient decides; the rest of the terms follows from who signs and where. */
export interface ConsentChoice {
	/** What the patient read, in plain words and their language. */
	readonly title: string;
	readonly provision: Provision;
	readonly compensation?: ConsentTerms["compensation"];
	/** Last whole day on the ledger, UTC; the provision must not reach beyond it. */
	readonly validUntil: CivilDay;
}

/** A signed transaction, and the terms to be handed to the custodian and kept by the patient: the ledger holds only their commitment. */
export interface SignedConsent {
	readonly transaction: Transaction;
	readonly opened: OpenedTerms;
}

/** @param custodianSignature - Over `enrolmentMessage`, given after proof of identity. */
export function buildEnrol(
	key: PseudonymKey,
	{ custodian, custodianSignature, delegates = [] }: { custodian: MemberId; custodianSignature: Signature; delegates?: readonly Delegate[] },
	context: SigningContext,
): Transaction {
	return sign(key, "enrol", { custodian, custodianSignature, delegates } satisfies EnrolBody, context);
}

/**
 * @param key - The pseudonym's, or a current delegate's.
 * @throws {@link WalletError} `WALLET_CONSENT_INVALID` when the terms reach beyond `validUntil`; ContractRefusal `CONSENT_TERMS_INVALID` for terms
 * that no decision could use.
 */
export function buildGrant(
	key: SigningKey,
	{ pseudonym, custodian, ...choice }: ConsentChoice & { readonly pseudonym: Pseudonym; readonly custodian: MemberId },
	context: SigningContext,
): SignedConsent {
	const consentId = encodeHex(context.randomBytes(16)) as ConsentId;
	const opened = openTerms(choice, { pseudonym, custodian, consentId, version: 1 }, context);
	const body: GrantBody = { pseudonym, consentId, validUntil: choice.validUntil, termsCommitment: commitTerms(opened) };
	return { transaction: sign(key, "grant", body, context), opened };
}

/**
 * Replaces the terms of one version. A change lost the race when someone else changed that version first.
 *
 * @param before - The opened terms of the version that is changed.
 */
export function buildChange(
	key: SigningKey,
	{ before, ...choice }: ConsentChoice & { readonly before: ConsentTerms },
	context: SigningContext,
): SignedConsent {
	const { pseudonym, custodian, consentId, version, chain } = before;
	if (chain !== context.chain) throw new WalletError("WALLET_CONSENT_INVALID", "expected terms of this ledger, found another's");
	const opened = openTerms(choice, { pseudonym, custodian, consentId, version: version + 1 }, context);
	const body: ChangeBody = { consentId, version, validUntil: choice.validUntil, termsCommitment: commitTerms(opened) };
	return { transaction: sign(key, "change", body, context), opened };
}

/** Final for this consent, whatever its version. */
export function buildRevoke(key: SigningKey, { consentId }: RevokeBody, context: SigningContext): Transaction {
	return sign(key, "revoke", { consentId }, context);
}

/** Names a delegate or guardian. A guardian needs the custodian's attestation over `guardianMessage`. */
export function buildDelegate(key: SigningKey, { pseudonym, delegate, custodianSignature }: DelegateBody, context: SigningContext): Transaction {
	return sign(key, "delegate", { pseudonym, delegate, ...(custodianSignature === undefined ? {} : { custodianSignature }) }, context);
}

export function buildUndelegate(key: SigningKey, body: UndelegateBody, context: SigningContext): Transaction {
	return sign(key, "undelegate", { pseudonym: body.pseudonym, key: body.key }, context);
}

/** Replaces a pseudonym by the next one: signed by the old key (or a delegate named at enrolment), agreed to by the new. */
export function buildRotate(
	key: SigningKey,
	{ pseudonym, successor }: { readonly pseudonym: Pseudonym; readonly successor: PseudonymKey },
	context: SigningContext,
): Transaction {
	const message = rotationMessage({ chain: context.chain, pseudonym, successor: successor.publicKey });
	const body: RotateBody = { pseudonym, successor: successor.publicKey, successorSignature: successor.sign(message) };
	return sign(key, "rotate", body, context);
}

/** Stops a replacement that the custodian announced, before it takes effect: signed by the pseudonym's key, or a current delegate's. */
export function buildCancelRotation(key: SigningKey, { pseudonym }: PendingRotationBody, context: SigningContext): Transaction {
	return sign(key, "cancelRotation", { pseudonym }, context);
}

type TermsIdentity = Pick<ConsentTerms, "pseudonym" | "custodian" | "consentId" | "version">;

function openTerms({ title, provision, compensation, validUntil }: ConsentChoice, identity: TermsIdentity, context: SigningContext): OpenedTerms {
	if ((provision.endMs ?? 0) > endOfDayMs(validUntil)) {
		throw new WalletError("WALLET_CONSENT_INVALID", "expected terms that end no later than the last day on the ledger");
	}
	const terms: ConsentTerms = {
		format: "aceso/terms/1",
		chain: context.chain,
		...identity,
		title,
		provision,
		custodial: false,
		...(compensation === undefined ? {} : { compensation }),
	};
	return { terms, salt: encodeHex(context.randomBytes(32)) };
}

function sign(key: SigningKey, action: string, body: object, { chain, nowMs, randomBytes }: SigningContext): Transaction {
	const salt = encodeHex(randomBytes(16));
	return signTransaction({ chain, contract: "consent", action, body: body as JsonObject, until: latestUntil(nowMs), salt }, key);
}
