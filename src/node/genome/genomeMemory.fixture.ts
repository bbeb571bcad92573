import { openSmallNetwork, smallMembers } from "../testing/smallNetwork.ts";
import { importGenome } from "./importGenome.ts";

/**
 * Files the genome at a path through a whole node, on disk, and prints how much memory that took and how it ended. Started by
 * `genomeMemory.test.ts`.
 */
const [path, folder] = process.argv.slice(2) as [string, string];
const small = await openSmallNetwork({ folder, members: smallMembers.slice(0, 1) });
const patient = await small.admit({ family: "Memory", given: "Genome", birthDate: "1970-01-01" });
const before = process.memoryUsage.rss();
let peak = before;
const watch = setInterval(() => {
	peak = Math.max(peak, process.memoryUsage.rss());
}, 20);
const filed = await importGenome(small.institution(), { path, localId: patient.localId, namesNobody: false }, () => {
	peak = Math.max(peak, process.memoryUsage.rss());
}).catch((error: { code?: string; details?: object }) => ({ code: error.code, details: error.details }));
clearInterval(watch);
await small.close();
process.stdout.write(JSON.stringify({ before, peak, filed }));
