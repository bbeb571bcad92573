import { canonicalBytes, concatBytes, type Digest, decodeHex, encodeUtf8, sha256Hex } from "#base";
import { ContractRefusal } from "../contract.ts";
import type { OpenedTerms } from "./terms.ts";
import { isOpenedTerms } from "./termsSchema.ts";

const domain = encodeUtf8("aceso/terms/1\0");

/**
 * The commitment that stands on the ledger: H("aceso/terms/1" ‖ 0x00 ‖ salt ‖ canonical terms). The salt keeps anyone from trying likely
 * terms against it.
 *
 * @throws {@link ContractRefusal} `CONSENT_TERMS_INVALID` for terms that no decision could use: once granted they would refuse everything.
 * @throws BaseError `JSON_NOT_PERMITTED` for terms deeper or larger than canonical JSON allows.
 */
export function commitTerms(opened: OpenedTerms): Digest {
	const terms = canonicalBytes(opened.terms);
	if (!isOpenedTerms(opened)) {
		throw new ContractRefusal(
			"consent",
			"CONSENT_TERMS_INVALID",
			"expected terms of known fields, lists that are not empty, periods that end after they start",
		);
	}
	return sha256Hex(concatBytes(domain, decodeHex(opened.salt, 32), terms)) as Digest;
}
