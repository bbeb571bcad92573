import { join } from "node:path";
import { createBench, reopen, temporaryFolder } from "../vault.fixtures.ts";
import { describeKeyring } from "./testing/describeKeyring.ts";

describeKeyring("a keyring in this process", async (options = {}) => {
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
});
