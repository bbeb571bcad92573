/**
 * A member's application as a process of its own, which kills itself at the first block with a transaction: before or after it has written the block,
 * with CometBFT not yet told. Arguments: JSON of {path, socketPath, rpcUrl, genesis, point}.
 */
import { writeSync } from "node:fs";
import { systemClock } from "#base";
import { openCometLedger } from "../comet/cometLedger.ts";
import type { Genesis } from "../ledger.ts";
import { consortiumOf } from "./cometNetwork.ts";
import { readToyMember, toyKey } from "./toyLedger.ts";

const { genesis, point, ...places } = JSON.parse(process.argv[2]!) as {
	path: string;
	socketPath: string;
	rpcUrl: string;
	genesis: Genesis;
	point: "finalised" | "committed";
};

function die(): never {
	process.kill(process.pid, "SIGKILL");
	throw new Error("expected to be dead");
}

let holdsTransactions = false;
await openCometLedger({
	...consortiumOf(genesis),
	...places,
	replicaKey: toyKey("replica of member-0"),
	readMember: readToyMember,
	now: systemClock,
	between: (application) => ({
		async handle(request) {
			const answer = await application.handle(request);
			if (request.finalizeBlock !== undefined) holdsTransactions = request.finalizeBlock.txs.length > 0;
			if (holdsTransactions && (point === "finalised" ? request.finalizeBlock : request.commit) !== undefined) die();
			return answer;
		},
	}),
});
writeSync(1, "open\n");
