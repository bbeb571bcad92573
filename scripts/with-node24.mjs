// @ts-check
/**
 * Every npm script starts here: `node scripts/with-node24.mjs ENTRY.ts [ARGUMENT…]`. Plain JavaScript that Node 20 can run: it installs what
 * is missing and hands over to Node 24.
 */
import { runTypeScript } from "./bootstrap/runTypeScript.mjs";

const [entry, ...entryArguments] = process.argv.slice(2);
if (entry === undefined) {
	process.stderr.write("usage: node scripts/with-node24.mjs ENTRY.ts [ARGUMENT…]\n");
	process.exitCode = 64;
} else {
	await runTypeScript(entry, entryArguments);
}
