import { createExchangeKey, encodeHex } from "#base";
import { answerSession, type SessionAnswer, sessionLifetimeMs } from "#wallet";
import { admitInSession, admitSigned } from "./authenticate.ts";
import { GateError } from "./errors.ts";
import type { GateContext } from "./release.ts";
import { Session } from "./sessions.ts";

/**
 * Answers the one signature with which a person of this house begins a session. It opens nothing and decides nothing: each request of the
 * session is decided like a signed one.
 *
 * @throws {@link GateError} as for any signed request; `GATE_REQUEST_INVALID` for who asks through another member, `GATE_NOT_AVAILABLE` for who
 * holds no current credential of this one, `GATE_SESSIONS_FULL`; BaseError `KEY_INVALID` for a half with which nothing is secret.
 */
export async function openSession({ parts, window, sessions }: GateContext, input: unknown): Promise<SessionAnswer> {
	const { request, at } = await admitSigned({ parts, window }, input, "open-session");
	const { key, via } = request;
	if (via !== parts.member) {
		throw new GateError("GATE_REQUEST_INVALID", "a session is for this member's own people; sign each request that another member forwards", {
			at: "via",
		});
	}
	const [id, expiresAtMs] = [encodeHex(parts.randomBytes(16)), at + sessionLifetimeMs];
	const exchange = createExchangeKey(parts.randomBytes(32));
	const { answer, key: mac } = answerSession({ request, exchange, session: id, expiresAtMs, memberKey: parts.memberKey });
	const session = new Session({ id, owner: { key, via }, mac, memberKey: parts.memberKey.publicKey, expiresAtMs });
	if (!session.stands(parts, at)) throw new GateError("GATE_NOT_AVAILABLE", "a session is for who holds a current credential of this member");
	sessions.add(session, at);
	return answer;
}

/** Ends the session in which it is asked. @throws {@link GateError} as for any request of a session. */
export function closeSession({ parts, sessions }: GateContext, input: unknown): void {
	sessions.end(admitInSession({ parts, sessions }, input, "close-session").session.id);
}
