import { existsSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { dayMs, type MemberId } from "#base";
import { createInstitutionApp } from "./app.ts";
import { NodeError } from "./errors.ts";
import { createDeliver } from "./fhir/subscriptions/deliver.ts";
import { endpointsPath, loadEndpoints } from "./fhir/subscriptions/endpoints.ts";
import type { Network } from "./network.ts";
import { createNodeApp } from "./nodeApp.ts";
import type { Portal } from "./portal/portal.ts";
import { relabelNetwork } from "./relabelNetwork.ts";

/** How often a node looks whether its log is to be anchored, in ms; the contract holds it to one anchor a minute. */
const anchorLookMs = 5_000;

/** How often a node looks whether labelling under newer tables was interrupted by a fault, in ms. */
const relabelLookMs = 30_000;

/** How often a node looks whether subscribers are to be told of something, in ms. */
const notifyLookMs = 1_000;

/** Longest path of a unix socket on every system we run on: 104 bytes on macOS, 108 on Linux, the last one zero. */
const socketPathMaxBytes = 103;

export interface Serving {
	/** One address per institution, in the order of the members. */
	readonly addresses: readonly { readonly member: string; readonly name: string; readonly url: string }[];
	readonly socket: string;
	/** Stops taking requests, finishes those under way, anchors, closes. */
	close(): Promise<void>;
}

export interface ServeParameters {
	readonly network: Network;
	/** Port of the first institution, the next ones follow; 0 lets the system choose. */
	readonly firstPort: number;
	readonly host: string;
	/** The web application; without it only programs are answered. */
	readonly portal?: Portal | undefined;
	/** Addresses under which browsers reach institutions that stand behind a proxy, by member. */
	readonly publicUrls?: ReadonlyMap<string, string> | undefined;
}

/** Where a node's own command line reaches it: a unix socket that only the owner of the folder can open. */
export function socketPath(folder: string): string {
	return join(folder, "node.sock");
}

/** For before a folder is filled. @throws NodeError `NODE_FOLDER_FOREIGN` when a socket in it would have too long a path. */
export function assertServable(folder: string): void {
	if (Buffer.byteLength(socketPath(folder)) <= socketPathMaxBytes) return;
	throw new NodeError(
		"NODE_FOLDER_FOREIGN",
		`expected a data folder whose socket has a path of at most ${socketPathMaxBytes} bytes; choose a shorter one`,
	);
}

/** How often expired keys are destroyed: those of key backups past their time, and audit keys past their retention. */
const expireEveryMs = dayMs;

/** Serves every institution of a network, on a port each, and the whole of it on a unix socket for the command line. */
export async function serve({ network, firstPort, host, portal, publicUrls }: ServeParameters): Promise<Serving> {
	assertServable(network.folder);
	const apps: FastifyInstance[] = [];
	const addresses: Serving["addresses"][number][] = [];
	try {
		let port = firstPort;
		for (const institution of network.institutions.values()) {
			const app = createInstitutionApp(network, institution, { portal, publicUrl: publicUrls?.get(institution.id) });
			apps.push(app);
			addresses.push({ member: institution.id, name: institution.name, url: await listen(app, host, port) });
			if (port !== 0) port++;
		}
		apps.push(await serveSocket(network));
	} catch (error) {
		for (const app of apps) await app.close();
		throw error;
	}
	const relabelling = relabelMeanwhile(network);
	const anchoring = anchorRegularly(network);
	const expiring = expireRegularly(network);
	const notifying = notifyRegularly(network, (member) => publicUrls?.get(member) ?? addresses.find((each) => each.member === member)?.url ?? "");
	return {
		addresses,
		socket: socketPath(network.folder),
		async close() {
			for (const app of apps) await app.close();
			await notifying.stop();
			await relabelling.stop();
			await expiring.stop();
			await anchoring.stop();
			await network.close();
		},
	};
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
	try {
		return await app.listen({ host, port });
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
		throw new NodeError("NODE_PORT_TAKEN", `port ${port} is taken; choose another with --port`, { port });
	}
}

/** The folder's lock is held by now, so a socket that lies there is a dead process's. */
async function serveSocket(network: Network): Promise<FastifyInstance> {
	const path = socketPath(network.folder);
	if (existsSync(path)) unlinkSync(path);
	const app = createNodeApp(network);
	const before = process.umask(0o077);
	try {
		await app.listen({ path });
	} finally {
		process.umask(before);
	}
	return app;
}

/** At the start and once a day. A failure is said and tried again the next day: a key kept longer than promised is worth a line. */
function expireRegularly(network: Network): { stop(): Promise<void> } {
	const expire = async () => {
		for (const { id, keyring } of network.institutions.values()) {
			try {
				await keyring.expireEpochs();
				await keyring.expireAuditKeys();
			} catch (error) {
				process.stderr.write(`aceso: expired keys of ${id} not destroyed: ${(error as { code?: string }).code ?? "INTERNAL"}\n`);
			}
		}
	};
	let under = expire();
	const timer = setInterval(() => {
		under = under.then(expire);
	}, expireEveryMs);
	timer.unref();
	return {
		stop() {
			clearInterval(timer);
			return under;
		},
	};
}

/** Subscribers are told of what has changed. A look that fails is said, and made up for by the next one: what was not told stays marked so. */
function notifyRegularly(network: Network, urlOf: (member: MemberId) => string): { stop(): Promise<void> } {
	const tellers = [...network.institutions.values()].map(({ id, gate }) => {
		const endpoints = () => loadEndpoints(endpointsPath(join(network.folder, "members", id)));
		return { id, gate, deliver: createDeliver({ endpoints, baseUrl: () => `${urlOf(id)}/fhir`, now: network.now }) };
	});
	const stopping = new AbortController();
	/** What is being told: whoever answers slowly keeps the next look waiting as little as anybody else. */
	const telling = new Set<Promise<void>>();
	let under: Promise<void> = Promise.resolve();
	let isUnder = false;
	const look = async () => {
		isUnder = true;
		for (const { id, gate, deliver } of tellers) {
			const say = (error: unknown) =>
				void process.stderr.write(`aceso: subscribers of ${id} not told: ${(error as { code?: string }).code ?? "INTERNAL"}\n`);
			const begun = await gate.notifySubscribers(deliver, stopping.signal).catch(say);
			const told = begun?.ended.catch(say).finally(() => telling.delete(told as Promise<void>));
			if (told !== undefined) telling.add(told);
		}
		isUnder = false;
	};
	const timer = setInterval(() => {
		if (!isUnder) under = look();
	}, notifyLookMs);
	timer.unref();
	return {
		async stop() {
			clearInterval(timer);
			stopping.abort();
			await under;
			await Promise.all(telling);
		},
	};
}

/** What a fault interrupts is gone on with at the next look; until everybody is labelled reads are asked to try again. */
function relabelMeanwhile(network: Network): { stop(): Promise<void> } {
	let under: Promise<void> = Promise.resolve();
	const look = () => {
		under = under
			.then(() => relabelNetwork(network))
			.catch((error: unknown) => void process.stderr.write(`aceso: labels not renewed: ${(error as { code?: string }).code ?? "INTERNAL"}\n`));
	};
	look();
	const timer = setInterval(look, relabelLookMs);
	timer.unref();
	return {
		async stop() {
			clearInterval(timer);
			for (const institution of network.institutions.values()) await institution.gate.stop();
			await under;
		},
	};
}

function anchorRegularly(network: Network): { stop(): Promise<void> } {
	let under: Promise<void> = Promise.resolve();
	const look = () => {
		under = under.then(async () => {
			for (const institution of network.institutions.values()) await institution.gate.anchor();
		});
		// A failed anchor is said and tried again at the next look: accesses go on, and the log shows what was not anchored yet.
		under = under.catch(
			(error: unknown) => void process.stderr.write(`aceso: anchor not written: ${(error as { code?: string }).code ?? "INTERNAL"}\n`),
		);
	};
	const timer = setInterval(look, anchorLookMs);
	timer.unref();
	return {
		stop() {
			clearInterval(timer);
			// What was written since the last anchor is anchored as far as the minute allows; the rest follows at the next start.
			look();
			return under;
		},
	};
}
