import {
	type CivilDay,
	type ConsentId,
	canonicalBytes,
	canonicalText,
	concatBytes,
	type Digest,
	encodeHex,
	encodeUtf8,
	type JsonObject,
	type MemberId,
	type Pseudonym,
	sha256,
	sha256Hex,
} from "#base";
import { commitTerms, enrolmentMessage, type OpenedTerms } from "#contracts";
import {
	createEnvelope,
	encodeBlockLeaf,
	LedgerError,
	latestUntil,
	parseTransaction,
	signTransaction,
	type Transaction,
	transactionId,
	transactionMessage,
} from "#ledger";
import { leafHash } from "#log";
import { fixedBytes, fixedChain, fixedKey, fixedMember, fixedStartMs } from "./fixed.ts";

const patient = fixedKey("patient");
const member = fixedKey(fixedMember);
const pseudonym = patient.publicKey as Pseudonym;
const custodian = fixedMember as MemberId;
const consentId = encodeHex(fixedBytes("consent", 16)) as ConsentId;

const openedTerms: OpenedTerms = {
	terms: {
		format: "aceso/terms/1",
		chain: fixedChain,
		pseudonym,
		consentId,
		version: 1,
		custodian,
		title: "Meine Laborwerte für die Forschung – ohne Namen",
		provision: {
			type: "permit",
			purposes: ["HRESCH"],
			classes: ["laboratory", "vitals"],
			level: "deidentified",
			exceptions: [{ type: "deny", grantees: [{ kind: "member", member: "pharma-c" as MemberId, credential: "researcher" }] }],
		},
		custodial: false,
	},
	salt: encodeHex(fixedBytes("terms salt", 32)),
};

export function termsVectors() {
	const commitment = commitTerms(openedTerms);
	return {
		about: 'Opened terms of a consent and the commitment that stands on the ledger: H("aceso/terms/1" || 00 || salt || canonical terms).',
		...openedTerms,
		canonical: canonicalText(openedTerms.terms),
		commitment,
		ledgerHalf: {
			key: `c/${consentId}`,
			value: {
				pseudonym,
				consentId,
				version: 1,
				status: "active",
				custodial: false,
				validUntil: "2027-03-02",
				termsCommitment: commitment,
				previous: "0".repeat(32),
			},
		},
	};
}

function transactions(): readonly (readonly [string, Transaction])[] {
	const until = latestUntil(fixedStartMs);
	const sign = (action: string, body: JsonObject, salt: string) =>
		signTransaction({ chain: fixedChain, contract: "consent", action, body, until, salt: encodeHex(fixedBytes(salt, 16)) }, patient);
	const custodianSignature = member.sign(enrolmentMessage({ chain: fixedChain, pseudonym, custodian, delegates: [] }));
	const grant = { pseudonym, consentId, validUntil: "2027-03-02" as CivilDay, termsCommitment: commitTerms(openedTerms) };
	return [
		["enrolment, countersigned by the custodian", sign("enrol", { custodian, custodianSignature, delegates: [] }, "tx 1")],
		["a grant", sign("grant", grant, "tx 2")],
		["its revocation", sign("revoke", { consentId }, "tx 3")],
	];
}

export function transactionVectors() {
	const [, grant] = transactions()[1]!;
	const leaf = canonicalText(grant);
	const refused: readonly (readonly [string, string])[] = [
		["a space", leaf.replace(":", ": ")],
		["a field more", canonicalText({ ...grant, zeal: 1 })],
		["no salt", leaf.replace(/"salt":"[0-9a-f]{32}",/, "")],
		["a salt of 15 bytes", leaf.replace(/"salt":"../, '"salt":"')],
		["hex in upper case", canonicalText({ ...grant, signature: grant.signature.toUpperCase() })],
		["a contract that does not exist", canonicalText({ ...grant, contract: "ledger" })],
		["a body that is a list", canonicalText({ ...grant, body: [] })],
		["a signer of small order", canonicalText({ ...grant, signer: `01${"00".repeat(31)}` })],
	];
	return {
		about:
			'Transactions: id = H(canonical form without signature); the signature is over message = "aceso/tx/1" || 00 || id; leaf = canonical form with signature.',
		enrolment: {
			fields: { chain: fixedChain, custodian, delegates: [], pseudonym },
			message: encodeHex(enrolmentMessage({ chain: fixedChain, pseudonym, custodian, delegates: [] })),
		},
		accepted: transactions().map(([name, transaction]) => ({
			name,
			transaction,
			id: transactionId(transaction),
			message: encodeHex(transactionMessage(transactionId(transaction))),
			leaf: canonicalText(transaction),
			leafHash: encodeHex(leafHash(canonicalBytes(transaction))),
		})),
		refused: refused.map(([name, text]) => ({ name, leaf: text, code: refusalOf(text) })),
	};
}

function refusalOf(text: string): string {
	try {
		parseTransaction(encodeUtf8(text));
	} catch (error) {
		if (error instanceof LedgerError) return error.code;
		throw error;
	}
	throw new Error("expected a refusal");
}

export function envelopeVectors() {
	const inside = transactions().map(([, transaction]) => transaction);
	const envelope = createEnvelope(inside, { chain: fixedChain, member: custodian, key: member });
	const ids: readonly Digest[] = inside.map(transactionId);
	const signed = canonicalText({ chain: fixedChain, member: custodian, signer: member.publicKey, ids });
	return {
		about: 'An envelope: its signature is over message = "aceso/envelope/1" || 00 || H(canonical {chain, member, signer, ids}).',
		envelope,
		ids,
		signed,
		message: encodeHex(concatBytes(encodeUtf8("aceso/envelope/1\0"), sha256(encodeUtf8(signed)))),
	};
}

export function blockLeafVectors() {
	const fields = { height: 7, rulesVersion: 1, stateRoot: sha256Hex(encodeUtf8("a state")) as Digest, time: fixedStartMs, transactions: 3 };
	const bytes = encodeBlockLeaf(fields);
	return {
		about: "The leaf that ends each block: canonical JSON of exactly these five fields.",
		fields,
		leaf: Buffer.from(bytes).toString("utf8"),
		leafHash: encodeHex(leafHash(bytes)),
	};
}
