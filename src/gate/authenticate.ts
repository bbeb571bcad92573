import type { Instant, PublicKey } from "#base";
import { readMember } from "#contracts";
import { isValidForward, isValidRequestAsync, isValidSessionRequest, requestLeadMs, requestLifetimeMs, type SignedRequest } from "#wallet";
import { GateError } from "./errors.ts";
import type { GateParts } from "./parts.ts";
import { isOfSession, type ParsedRequest, parseRequest, parseSessionRequest, type RequestBodies, type RequestKind } from "./requests.ts";
import type { Session, Sessions } from "./sessions.ts";

/** Remembers nonces of requests that are still within their lifetime. */
export class ReplayWindow {
	readonly openedAtMs: number;
	readonly #seen = new Map<string, number>();

	/** @param openedAtMs - Requests signed before it may have been used with the process before this one, whose memory is gone. */
	constructor(openedAtMs = 0) {
		this.openedAtMs = openedAtMs;
	}

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

/** What a gate needs to judge a request. */
export interface Admission {
	readonly parts: Pick<GateParts, "member" | "ledger" | "now">;
	readonly window: ReplayWindow;
	readonly sessions: Sessions;
}

/** A request whose author is known, however they showed who they are. */
export type Asked<Body> = Pick<SignedRequest<Body>, "audience" | "via" | "key" | "timeMs" | "body">;

export interface AdmittedRequest<Kind extends RequestKind> {
	readonly request: Asked<RequestBodies[Kind]>;
	/** The instant at which it was judged. */
	readonly at: Instant;
}

/**
 * Reads a request and verifies who made it: by their signature, or inside a session that they opened by one.
 *
 * @throws {@link GateError} what {@link admitSigned} and {@link admitInSession} throw.
 */
export async function admitRequest<Kind extends RequestKind>(admission: Admission, input: unknown, kind: Kind): Promise<AdmittedRequest<Kind>> {
	return isOfSession(input) ? admitInSession(admission, input, kind) : admitSigned(admission, input, kind);
}

/**
 * Reads a request and verifies who signed it: addressed to us, fresh, not seen before, signature good; and, where it says it came through
 * another member, signed on by that member's key on the ledger. Nobody can claim to ask from inside a hospital they are not in.
 *
 * @throws {@link GateError} `GATE_REQUEST_INVALID`, `GATE_WRONG_AUDIENCE`, `GATE_REQUEST_EXPIRED`, `GATE_SIGNATURE_INVALID`, `GATE_FORWARD_INVALID`,
 * `GATE_REQUEST_REPLAYED`.
 */
export async function admitSigned<Kind extends RequestKind>(
	{ parts, window }: Omit<Admission, "sessions">,
	input: unknown,
	kind: Kind,
): Promise<{ readonly request: SignedRequest<RequestBodies[Kind]>; readonly at: Instant }> {
	const parsed = parseRequest(input, kind);
	const { request } = parsed;
	const audience = parts.member;
	if (request.audience !== audience) throw new GateError("GATE_WRONG_AUDIENCE", "the request is addressed to another member");
	const nowMs = parts.now();
	assertFresh(request, nowMs, window);
	if (!(await isValidRequestAsync(request, { audience, nowMs }))) {
		throw new GateError("GATE_SIGNATURE_INVALID", "the signature does not verify under the key that the request names");
	}
	// Judged again after the wait: by now the window may have forgotten a nonce that was fresh before it.
	const at = parts.now();
	assertFresh(request, at, window);
	assertForward(parts, parsed);
	// Only a valid signature may occupy memory.
	if (!window.admit(request.key, request.nonce, at))
		throw new GateError("GATE_REQUEST_REPLAYED", "this signed request was already used; sign a new one");
	return { request, at };
}

/**
 * Reads a request of a session and verifies that whoever opened it made it: fresh, MAC good, counter not used. The person is of this house, so
 * nobody forwards it.
 *
 * A ledger that has moved on may have taken their credential. Then the session is over, and this last request is decided like any other: the
 * answer, and the entry, are those of a signed request of somebody without a credential.
 *
 * @throws {@link GateError} `GATE_REQUEST_INVALID`, `GATE_REQUEST_EXPIRED`, `GATE_SESSION_INVALID`, `GATE_REQUEST_REPLAYED`.
 */
export function admitInSession<Kind extends RequestKind>(
	{ parts, sessions }: Omit<Admission, "window">,
	input: unknown,
	kind: Kind,
): AdmittedRequest<Kind> & { readonly session: Session } {
	const { request, unsigned } = parseSessionRequest(input, kind);
	const at = parts.now();
	assertFresh(request, at);
	const session = sessions.get(request.session, at);
	if (session === undefined || !isValidSessionRequest(session.mac, request, at, unsigned)) {
		throw new GateError("GATE_SESSION_INVALID", "there is no such session here, or it is over, or its key did not make this; open another");
	}
	if (!session.admit(request.counter)) {
		throw new GateError("GATE_REQUEST_REPLAYED", "this place in the session was already used; ask again");
	}
	if (!session.stands(parts, at)) sessions.end(session.id);
	const { owner } = session;
	return { request: { audience: parts.member, via: owner.via, key: owner.key, timeMs: request.timeMs, body: request.body }, at, session };
}

function assertFresh({ timeMs }: { readonly timeMs: number }, at: Instant, window?: ReplayWindow): void {
	if (at >= timeMs + requestLifetimeMs || timeMs > at + requestLeadMs || timeMs < (window?.openedAtMs ?? 0)) {
		throw new GateError("GATE_REQUEST_EXPIRED", "the request is not of the last 60 seconds; check the clock and sign it again");
	}
}

function assertForward({ member, ledger }: Admission["parts"], { request, forward }: ParsedRequest<object>): void {
	if (request.via === member && forward === undefined) return;
	const sender = readMember(ledger, request.via);
	if (forward === undefined || sender?.status !== "active" || !isValidForward({ request, forward }, sender.key)) {
		throw new GateError("GATE_FORWARD_INVALID", "the request names another member; that member's node has to sign it on");
	}
}
