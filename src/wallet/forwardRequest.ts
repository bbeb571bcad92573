import {
	canonicalBytes,
	concatBytes,
	encodeUtf8,
	isHex,
	isMemberId,
	isValidSignature,
	type MemberId,
	type PublicKey,
	type Signature,
	type SigningKey,
	sha256,
} from "#base";
import type { SignedRequest } from "./signedRequest.ts";

/** A person's signed request inside the signature of the member through which it travels (PROTOCOL §4). */
export interface ForwardedRequest<Body extends object> {
	readonly request: SignedRequest<Body>;
	/** By the key that `request.via` has on the ledger, over `"aceso/forward/1" ‖ 0x00 ‖ H(canonical request)`. */
	readonly forward: { readonly member: MemberId; readonly signature: Signature };
}

const domain = encodeUtf8("aceso/forward/1\0");

export function forwardRequest<Body extends object>(memberKey: SigningKey, request: SignedRequest<Body>): ForwardedRequest<Body> {
	return { request, forward: { member: request.via, signature: memberKey.sign(messageOf(request)) } };
}

/** Whether the member that the request names signed it, by the key given. Never throws. */
export function isValidForward<Body extends object>({ request, forward }: ForwardedRequest<Body>, memberKey: PublicKey): boolean {
	if (!isMemberId(forward.member) || forward.member !== request.via || !isHex(forward.signature, 64)) return false;
	try {
		return isValidSignature(memberKey, messageOf(request), forward.signature);
	} catch {
		return false;
	}
}

function messageOf(request: object): Uint8Array {
	return concatBytes(domain, sha256(canonicalBytes(request)));
}
