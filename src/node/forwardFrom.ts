import { readCredentials } from "#contracts";
import { type ForwardedRequest, forwardRequest, isValidRequest, type SignedRequest } from "#wallet";
import { NodeError } from "./errors.ts";
import type { Network } from "./network.ts";

/**
 * Signs a person's request on in the name of the member it names, for another member's gate. A node vouches only for people to whom its
 * member has issued a credential that is current.
 *
 * @throws NodeError `NODE_NOT_OURS` for anybody else, or a request that is not theirs.
 */
export function forwardFrom<Body extends object>(network: Network, request: SignedRequest<Body>): ForwardedRequest<Body> {
	const { id, memberKey } = network.institution(request.via);
	const now = network.now();
	const own = readCredentials(network.ledger, request.key, now).some(({ issuer }) => issuer === id);
	if (!own || !isValidRequest(request, { audience: request.audience, nowMs: now })) {
		throw new NodeError("NODE_NOT_OURS", "expected a request signed by somebody who holds a current credential of this member");
	}
	return forwardRequest(memberKey, request);
}
