import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lockFolder } from "../folderLock.ts";
import { assertUsable, type Network, type NetworkParameters, openNetwork } from "../network.ts";
import { writeSecretFile } from "../secretFile.ts";
import { demoChain, demoMembers, hasDemo } from "./demoNetwork.ts";
import { type SeedProgress, type SeedReport, seedDemo } from "./seedDemo.ts";

export interface DemoNetworkParameters extends Omit<NetworkParameters, "chain" | "members"> {
	readonly onSeed?: (progress: SeedProgress) => void;
}

export interface OpenedDemo {
	readonly network: Network;
	/** What was filled in now; undefined when the folder held it already. */
	readonly seeded: SeedReport | undefined;
}

/**
 * Opens the demonstration in a folder and fills it at the first start. Nothing is served before it is filled, so a first start that was
 * interrupted holds nothing of anybody's and begins again. A network that was not begun as a demonstration is opened as it is.
 */
export async function openDemoNetwork(parameters: DemoNetworkParameters): Promise<OpenedDemo> {
	const { folder, onSeed } = parameters;
	assertUsable(folder);
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const unlock = lockFolder(folder);
	let isNew: boolean;
	try {
		isNew = prepareFolder(folder);
	} catch (error) {
		unlock();
		throw error;
	}
	const network = await openNetwork({ ...parameters, chain: demoChain, members: demoMembers, unlock });
	if (!isNew) return { network, seeded: undefined };
	try {
		return { network, seeded: await seedDemo(network, onSeed) };
	} catch (error) {
		await network.close();
		throw error;
	}
}

/** Under the folder's lock, so that what looks interrupted is not another process at work. @returns Whether the folder is to be filled. */
function prepareFolder(folder: string): boolean {
	const begun = join(folder, "demo", "begun");
	if (existsSync(begun) && !hasDemo(folder)) {
		// The mark goes last, so that an interrupted removal is finished next time.
		for (const part of ["members", "ledger", "network.json", "demo"]) rmSync(join(folder, part), { recursive: true, force: true });
	}
	if (existsSync(join(folder, "network.json"))) return false;
	mkdirSync(join(folder, "ledger"), { recursive: true, mode: 0o700 });
	writeSecretFile(begun, demoChain);
	return true;
}
