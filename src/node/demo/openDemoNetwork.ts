import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Network, type NetworkParameters, openNetwork } from "../network.ts";
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
	const begun = join(folder, "demo", "begun");
	if (existsSync(begun) && !hasDemo(folder)) {
		for (const part of ["members", "ledger", "network.json", "demo"]) rmSync(join(folder, part), { recursive: true, force: true });
	}
	const isNew = !existsSync(join(folder, "network.json"));
	const network = await openNetwork({ ...parameters, chain: demoChain, members: demoMembers });
	if (!isNew) return { network, seeded: undefined };
	try {
		writeSecretFile(begun, demoChain);
		return { network, seeded: await seedDemo(network, onSeed) };
	} catch (error) {
		await network.close();
		throw error;
	}
}
