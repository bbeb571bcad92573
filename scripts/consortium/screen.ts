import { systemClock } from "#base";
import { CometRpc } from "#ledger";
import type { MemberProcess } from "./memberProcess.ts";

/** What is seen of a member from outside. */
export interface Seen {
	readonly id: string;
	readonly url: string;
	readonly running: boolean;
	readonly restarts: number;
	/** Its node serves. */
	readonly ready: boolean;
	/** Undefined while its CometBFT does not answer. */
	readonly height: number | undefined;
	readonly ageMs: number | undefined;
	readonly peers: number | undefined;
}

/** As long as a gate waits before it refuses reads. */
const freshMs = 30_000;
const askMs = 900;

export async function look(process: MemberProcess): Promise<Seen> {
	const { id, url, rpcUrl } = process.member;
	const [ready, comet] = await Promise.all([isReady(url), ask(rpcUrl)]);
	return { id, url, running: process.isRunning, restarts: process.restarts, ready, ...comet };
}

async function isReady(url: string): Promise<boolean> {
	try {
		return (await fetch(`${url}/ready`, { signal: AbortSignal.timeout(askMs) })).ok;
	} catch {
		return false;
	}
}

async function ask(rpcUrl: string): Promise<Pick<Seen, "height" | "ageMs" | "peers">> {
	try {
		const rpc = new CometRpc(rpcUrl);
		const { height, timeMs } = await rpc.status();
		return { height, ageMs: systemClock() - timeMs, peers: await rpc.peers() };
	} catch {
		return { height: undefined, ageMs: undefined, peers: undefined };
	}
}

/** One line that says whether members agree, and one a member. */
export function describeScreen(seen: readonly Seen[], data: string): string[] {
	const fresh = seen.filter(({ ageMs }) => ageMs !== undefined && ageMs < freshMs).length;
	const height = Math.max(0, ...seen.map((each) => each.height ?? 0));
	const agreed =
		fresh * 3 > seen.length * 2
			? `✓ ${fresh} of ${seen.length} members agree, height ${height}`
			: `! ${fresh} of ${seen.length} members agree on nothing new: more than two thirds are needed, and new consents are refused meanwhile`;
	const width = Math.max(...seen.map(({ id }) => id.length));
	return [agreed, ...seen.map((each) => describeMember(each, width)), `logs in ${data}/logs; Ctrl-C ends all`];
}

function describeMember({ id, url, running, ready, restarts, height, ageMs, peers }: Seen, width: number): string {
	const state = !running ? "! ended, is started again" : ready ? "✓ serves" : "… starting";
	const comet =
		height === undefined
			? "CometBFT does not answer"
			: height === 0
				? `no block yet, ${peers} peers`
				: `height ${height}, ${Math.round((ageMs ?? 0) / 1_000)} s old, ${peers} peers`;
	return `  ${id.padEnd(width)}  ${url}  ${state.padEnd(12)}  ${comet}${restarts === 0 ? "" : `, ${restarts} restarts`}`;
}
