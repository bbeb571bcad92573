import { readFileSync, writeSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type * as SmallNetwork from "../testing/smallNetwork.ts";

/**
 * The child of the crash test: opens the network in the folder given with the planted tables of a version to come, labels patient after patient
 * and says each, until it is killed or has finished. The tables come in where the module that reads them is loaded.
 */
const plantedTables = new URL("../testing/plantedTables.ts", import.meta.url).href;
registerHooks({
	load(url, context, next) {
		if (!url.endsWith("/src/fhir/describe/knowledge.ts")) return next(url, context);
		const source = readFileSync(fileURLToPath(url), "utf8")
			.replace('readJson<ClassTable>("classes/table.json")', 'plantedClasses(readJson<ClassTable>("classes/table.json"))')
			.replace('readJson<LabelTable>("labels/table.json")', 'plantedLabels(readJson<LabelTable>("labels/table.json"))');
		return {
			format: "module-typescript",
			source: `import { plantedClasses, plantedLabels } from "${plantedTables}";\n${source}`,
			shortCircuit: true,
		};
	},
});
const { openSmallNetwork, smallMembers } = (await import("../testing/smallNetwork.ts")) as typeof SmallNetwork;
const small = await openSmallNetwork({ folder: process.argv[2] as string, members: smallMembers.slice(0, 1) });
await small.institution().gate.relabel(({ done, total }) => writeSync(1, `labelled ${done}/${total}\n`));
writeSync(1, "finished all\n");
await small.close();
