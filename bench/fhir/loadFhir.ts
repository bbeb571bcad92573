/**
 * The clients of the HTTP benchmarks, in a process of their own: they open sessions over HTTP, make a MAC for every request, and drive autocannon.
 * Told what to do by the first message, answers with one.
 */
import autocannon from "autocannon";
import { createExchangeKey, createSigningKey, decodeHex, type MemberId, parsePublicKey, sha256Hex } from "#base";
import { systemRandom } from "#node";
import { acceptSession, type ClientSession, signRequest } from "#wallet";

export interface LoadTarget {
	/** Path and query. */
	readonly url: string;
	readonly localId: string;
}

export interface LoadOrder {
	readonly baseUrl: string;
	readonly member: MemberId;
	readonly memberKey: string;
	/** Seeds of the clinicians' keys, hex. */
	readonly seeds: readonly string[];
	readonly targets: readonly LoadTarget[];
	/** Where the same is served with no gate. */
	readonly plainUrl: string;
	readonly connections: number;
	readonly roundS: number;
	readonly rounds: number;
}

export interface LoadResult {
	readonly gated: readonly number[];
	readonly plain: readonly number[];
	readonly p50Ms: number;
	readonly p99Ms: number;
	readonly failures: number;
}

const noContent = sha256Hex(new Uint8Array());

async function openSession({ baseUrl, member, memberKey }: LoadOrder, seed: string): Promise<ClientSession> {
	const key = createSigningKey(decodeHex(seed, 32));
	const exchange = createExchangeKey(systemRandom(32));
	const place = { audience: member, via: member, nowMs: Date.now(), nonce: systemRandom(16) };
	const request = signRequest(key, { kind: "open-session", exchange: exchange.publicKey } as const, place);
	const answer = await fetch(`${baseUrl}/api/sessions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(request),
	});
	return acceptSession({ request, exchange, answer: (await answer.json()) as never, memberKey: parsePublicKey(memberKey) });
}

async function run(order: LoadOrder): Promise<LoadResult> {
	const sessions = await Promise.all(order.seeds.map((seed) => openSession(order, seed)));
	let next = 0;
	const setupRequest = (request: { path?: string; headers?: object }) => {
		const at = next++;
		const { url, localId } = order.targets[at % order.targets.length] as LoadTarget;
		const about = { patient: { by: "local", localId }, purpose: "TREAT", level: "identified" } as const;
		const body = { kind: "fhir", method: "GET", url, content: noContent, ...about } as const;
		const asked = (sessions[at % sessions.length] as ClientSession).ask(body, Date.now());
		const authorization = `Aceso ${Buffer.from(JSON.stringify(asked)).toString("base64url")}`;
		return { ...request, path: url, headers: { ...request.headers, authorization } };
	};
	const measure = async (url: string, duration: number) => {
		// The plain server is asked by the same clients, with the same headers: only what answers differs.
		const result = await autocannon({ url, connections: order.connections, duration, requests: [{ method: "GET", setupRequest }] });
		return { perSecond: result.requests.average, p50: result.latency.p50, p99: result.latency.p99, failures: result.errors + result.non2xx };
	};
	// The plain server returns what the gated one returned, to the byte.
	const sample = setupRequest({}) as { path: string; headers: Record<string, string> };
	const answer = await fetch(`${order.baseUrl}${sample.path}`, { headers: sample.headers });
	if (answer.status !== 200) throw new Error(`expected an answer, found ${answer.status}`);
	await fetch(order.plainUrl, { method: "POST", headers: { "content-type": "text/plain" }, body: await answer.text() });
	const gated: Awaited<ReturnType<typeof measure>>[] = [];
	const plain: typeof gated = [];
	for (let round = -1; round < order.rounds; round++) {
		const [with_, without] = [await measure(order.baseUrl, order.roundS), await measure(order.plainUrl, order.roundS)];
		// The first round opens terms and warms the compiler.
		if (round < 0) continue;
		gated.push(with_);
		plain.push(without);
	}
	const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number;
	return {
		gated: gated.map(({ perSecond }) => perSecond),
		plain: plain.map(({ perSecond }) => perSecond),
		p50Ms: middle(gated.map(({ p50 }) => p50)),
		p99Ms: middle(gated.map(({ p99 }) => p99)),
		failures: [...gated, ...plain].reduce((sum, { failures }) => sum + failures, 0),
	};
}

process.once("message", (order: LoadOrder) => {
	run(order).then(
		(result) => process.send?.({ result }, () => process.disconnect()),
		(error: unknown) => process.send?.({ error: String(error) }, () => process.disconnect()),
	);
});
