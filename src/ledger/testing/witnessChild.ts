/**
 * A toy witness in a process of its own, over HTTP; prints its address. With `die` it kills itself, as by SIGKILL, once a tip is durable and before
 * anything is answered. Arguments: the file, the log's address, `serve` or `die`.
 */
import { writeSync } from "node:fs";
import { createHttpTileSource } from "../witness/http/httpTileSource.ts";
import { serveWitness } from "../witness/http/serveWitness.ts";
import { openWitness } from "../witness/openWitness.ts";
import { WitnessStore } from "../witness/witnessStore.ts";
import { chain, definition, stoppedClock, toyKey } from "./toyLedger.ts";

const [path, log, mode] = process.argv.slice(2) as [string, string, string];
const swapTip = WitnessStore.prototype.swapTip;
if (mode === "die") {
	WitnessStore.prototype.swapTip = function (this: WitnessStore, ...tips) {
		swapTip.apply(this, tips);
		// Not at the genesis, which the sealer's first heartbeat brings.
		if (tips[1].size > 1) process.kill(process.pid, "SIGKILL");
	};
}
const key = toyKey("laboratory");
const source = createHttpTileSource({ url: log });
const witness = await openWitness({ ...definition, path, name: "laboratory", key, source, now: stoppedClock().now });
const { url } = await serveWitness({ witness, chain, host: "127.0.0.1", port: 0 });
writeSync(1, `${url}\n`);
