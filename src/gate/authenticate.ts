import type { Clock, Instant, MemberId, PublicKey } from "#base";
import { isValidRequest, requestLeadMs, requestLifetimeMs, type SignedRequest } from "#wallet";
import { GateError } from "./errors.ts";

/** Remembers nonces of requests that are still within their lifetime. */
export class ReplayWindow {
	readonly #seen = new Map<string, number>();

	/** False when the key already used the nonce. */
	admit(key: PublicKey, nonce: string, now: number): boolean {
		this.#forget(now);
		const id = `${key}:${nonce}`;
		if (this.#seen.has(id)) return false;
		this.#seen.set(id, now + requestLifetimeMs + requestLeadMs);
		return true;
	}

	/** Insertion order is expiry order, so the oldest stand first. */
	#forget(now: number): void {
		for (const [id, until] of this.#seen) {
			if (until > now) return;
			this.#seen.delete(id);
		}
	}
}

/**
 * Verifies who signed a request: addressed to us, fresh, not seen before, signature good.
 * @returns The instant at which it was judged.
 * @throws {@link GateError} `GATE_WRONG_AUDIENCE`, `GATE_REQUEST_EXPIRED`, `GATE_SIGNATURE_INVALID`, `GATE_REQUEST_REPLAYED`.
 */
export function authenticate(request: SignedRequest<object>, audience: MemberId, window: ReplayWindow, now: Clock): Instant {
	const at = now();
	if (request.audience !== audience) throw new GateError("GATE_WRONG_AUDIENCE", "the request is addressed to another member");
	if (at >= request.timeMs + requestLifetimeMs || request.timeMs > at + requestLeadMs) {
		throw new GateError("GATE_REQUEST_EXPIRED", "the request is not of the last 60 seconds; check the clock and sign it again");
	}
	if (!isValidRequest(request, { audience, nowMs: at })) {
		throw new GateError("GATE_SIGNATURE_INVALID", "the signature does not verify under the key that the request names");
	}
	// Only a valid signature may occupy memory.
	if (!window.admit(request.key, request.nonce, at))
		throw new GateError("GATE_REQUEST_REPLAYED", "this signed request was already used; sign a new one");
	return at;
}
