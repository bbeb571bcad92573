import { join } from "node:path";
import { createBench, reopen, temporaryFolder } from "../vault.fixtures.ts";
import { describeCohorts } from "./testing/describeCohorts.ts";
import { describeKeyring, type KeyringOptions, type KeyringUnderTest } from "./testing/describeKeyring.ts";

async function open(options: KeyringOptions = {}): Promise<KeyringUnderTest> {
	const bench = await createBench(options);
	const folder = temporaryFolder();
	return {
		...bench,
		reopen: async () => {
			await bench.keyring.close();
			return reopen(bench.parameters);
		},
		pathOf: (name) => join(folder, name),
	};
}

describeKeyring("a keyring in this process", open);
describeCohorts("cohorts before a keyring in this process", open);
