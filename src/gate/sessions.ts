import type { HmacKey, Instant, MemberId, PublicKey } from "#base";
import { readCredentials, readMember } from "#contracts";
import { decisionTime } from "./decideAccess.ts";
import { GateError } from "./errors.ts";
import type { GateParts } from "./parts.ts";

/** Sessions one key may have at once; one more ends its oldest. */
const perKeyMax = 4;
/** Sessions in all. */
const sessionsMax = 4_096;
/** How far behind the newest counter a request may arrive: requests of one person overtake each other on their way. */
const windowSize = 64;

/** Who asks in a session, as the signed opening said. */
export interface SessionOwner {
	readonly key: PublicKey;
	readonly via: MemberId;
}

interface SessionParameters {
	readonly id: string;
	readonly owner: SessionOwner;
	/** The session's key. */
	readonly mac: HmacKey;
	/** The member's key, under which the answer was signed. */
	readonly memberKey: PublicKey;
	readonly expiresAtMs: number;
}

/** A session as its node holds it; in memory alone, so that none outlives the process. */
export class Session {
	readonly id: string;
	readonly owner: SessionOwner;
	readonly mac: HmacKey;
	readonly expiresAtMs: number;
	readonly #memberKey: PublicKey;
	#standsAtHeight = -1;
	#highest = 0;
	/** For each remainder of the window's size, the newest counter that was used. */
	readonly #used = new Float64Array(windowSize);

	constructor({ id, owner, mac, memberKey, expiresAtMs }: SessionParameters) {
		this.id = id;
		this.owner = owner;
		this.mac = mac;
		this.expiresAtMs = expiresAtMs;
		this.#memberKey = memberKey;
	}

	/**
	 * Whether what the session was opened on still stands: the member active under the key that signed the answer, and a current credential
	 * of it in the owner's hands. Looked at once for each height of the ledger; what a credential opens is decided at every request.
	 */
	stands({ ledger, member }: Pick<GateParts, "ledger" | "member">, at: Instant): boolean {
		const { height } = ledger.head();
		if (height === this.#standsAtHeight) return true;
		const record = readMember(ledger, member);
		if (record?.status !== "active" || record.key !== this.#memberKey) return false;
		if (!readCredentials(ledger, this.owner.key, decisionTime({ ledger }, at)).some(({ issuer }) => issuer === member)) return false;
		this.#standsAtHeight = height;
		return true;
	}

	/** False for a counter that was used, or that is too far behind to know (RFC 4303 §3.4.3). */
	admit(counter: number): boolean {
		const place = counter % windowSize;
		if (counter <= this.#highest - windowSize || counter <= (this.#used[place] as number)) return false;
		this.#used[place] = counter;
		this.#highest = Math.max(this.#highest, counter);
		return true;
	}
}

/** The sessions of a node, bounded for each key and in all. */
export class Sessions {
	/** In the order they were opened, which is the order in which they expire. */
	readonly #sessions = new Map<string, Session>();

	/** @throws {@link GateError} `GATE_SESSIONS_FULL`. */
	add(session: Session, now: Instant): void {
		this.#expire(now);
		const own = [...this.#sessions.values()].filter(({ owner }) => owner.key === session.owner.key);
		if (own.length >= perKeyMax) this.end((own[0] as Session).id);
		if (this.#sessions.size >= sessionsMax) {
			throw new GateError("GATE_SESSIONS_FULL", `expected at most ${sessionsMax} sessions at once; try again, or sign each request`);
		}
		this.#sessions.set(session.id, session);
	}

	get(id: string, now: Instant): Session | undefined {
		const session = this.#sessions.get(id);
		if (session === undefined || now < session.expiresAtMs) return session;
		this.end(id);
		return undefined;
	}

	end(id: string): void {
		this.#sessions.get(id)?.mac.forget();
		this.#sessions.delete(id);
	}

	#expire(now: Instant): void {
		for (const { id, expiresAtMs } of this.#sessions.values()) {
			if (now < expiresAtMs) return;
			this.end(id);
		}
	}
}
