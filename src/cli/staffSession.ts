import { createExchangeKey, type MemberId, type PublicKey, type SigningKey } from "#base";
import { acceptSession, type SessionAnswer } from "#wallet";
import { type DemoDesk, signFor } from "./demoDesk.ts";
import type { NodeClient } from "./nodeClient.ts";
import { fetchState } from "./remoteState.ts";

/** A session of one member of staff at their own house's node. */
export interface StaffSession {
	post<Answer>(route: string, body: object): Promise<Answer>;
	close(): Promise<void>;
}

/**
 * Opens a session: one signature for several requests. The node's half counts when it is signed with the key that the member has on the ledger,
 * as the pinned ledger key proves it.
 *
 * @throws WalletError `WALLET_SESSION_INVALID`; whatever the node answers.
 */
export async function openStaffSession(
	node: NodeClient,
	desk: DemoDesk,
	{ signingKey, member }: { readonly signingKey: SigningKey; readonly member: string },
): Promise<StaffSession> {
	const api = `/members/${member}/api`;
	const exchange = createExchangeKey(desk.context().randomBytes(32));
	const body = { kind: "open-session", exchange: exchange.publicKey } as const;
	const request = signFor(desk, signingKey, { audience: member as MemberId, body });
	const answer = await node.post<SessionAnswer>(`${api}/sessions`, request);
	const { value } = await fetchState(node, desk.trust, { contract: "membership", key: `m/${member}`, member });
	const memberKey = (value as { readonly key: PublicKey } | undefined)?.key ?? ("" as PublicKey);
	const session = acceptSession({ request, exchange, answer, memberKey });
	return {
		post: (route, asked) => node.post(`${api}${route}`, session.ask(asked, desk.now())),
		close: async () => void (await node.post(`${api}/sessions/close`, session.ask({ kind: "close-session" }, desk.now()))),
	};
}
