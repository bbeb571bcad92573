import { existsSync } from "node:fs";
import { join } from "node:path";
import { openDemoNetwork, relabelNetwork, socketPath } from "#node";
import type { Io } from "./command.ts";
import { CliError } from "./errors.ts";
import type { NodeClient } from "./nodeClient.ts";
import { createOwnClient } from "./ownClient.ts";
import { createSocketClient, isListening } from "./socketClient.ts";

export interface OpenNodeParameters {
	/** Data folder, absolute. */
	readonly folder: string;
	readonly io: Io;
	/** Begins the demonstration's network where the folder holds none; without it such a folder is refused. */
	readonly create?: boolean;
}

/**
 * The node of a folder: the one that runs on it, over its socket, or this process itself for as long as the command lasts.
 *
 * @throws CliError `CLI_NETWORK_MISSING`, `CLI_NODE_SILENT`; whatever `openNetwork` throws.
 */
export async function openNode({ folder, io, create = false }: OpenNodeParameters): Promise<NodeClient> {
	if (await isListening(socketPath(folder))) return createSocketClient(socketPath(folder));
	if (!create) assertNetwork(folder);
	else if (!hasNetwork(folder)) io.note("No network in the data folder yet: making the demonstration's, with its invented people.");
	const { network } = await openDemoNetwork({
		folder,
		onProgress: (step) => io.progress(`opening ${step}`),
		onSeed: ({ step, done, total }) => io.progress(`${step} ${done}/${total}`),
	});
	await relabelNetwork(network, ({ member, done, total }) => io.progress(`labelling records of ${member} under newer tables ${done}/${total}`));
	io.progress("");
	return createOwnClient(network);
}

/** Runs `work` with the folder's node and closes what had to be opened for it. */
export async function withNode<Result>(parameters: OpenNodeParameters, work: (node: NodeClient) => Promise<Result>): Promise<Result> {
	const node = await openNode(parameters);
	try {
		return await work(node);
	} finally {
		await node.close();
	}
}

function hasNetwork(folder: string): boolean {
	return existsSync(join(folder, "network.json"));
}

/** @throws CliError `CLI_NETWORK_MISSING`. */
export function assertNetwork(folder: string): void {
	if (hasNetwork(folder)) return;
	throw new CliError("CLI_NETWORK_MISSING", "expected an Aceso data folder: start one with `aceso node`, or name another with --data DIR");
}
