import { join } from "node:path";
import { createBench, reopen, temporaryFolder } from "../vault.fixtures.ts";
import { describeCohorts } from "./testing/describeCohorts.ts";
import { describeKeyring, type KeyringOptions, type KeyringUnderTest } from "./testing/describeKeyring.ts";
import { createPaperVerifier } from "./testing/paperLedger.ts";

async function open({ pins, ...limits }: KeyringOptions = {}): Promise<KeyringUnderTest> {
	const bench = await createBench({ ...limits, ...(pins === undefined ? {} : { ledger: createPaperVerifier(pins) }) });
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
