import { setTimeout as sleep } from "node:timers/promises";
import type { CheckpointStanding } from "#ledger";

/** Witnesses cosign a moment after a block: asked again this often, so far apart in ms, before something is shown as one party's word. */
const tries = { max: 10, everyMs: 200 } as const;

/** What `ask` gives, asked again for a moment while it is signed by one party alone. */
export async function untilWitnessed<Answer extends { readonly standing: CheckpointStanding }>(ask: () => Promise<Answer>): Promise<Answer> {
	for (let round = 1; ; round++) {
		const answer = await ask();
		if (answer.standing === "witnessed" || round === tries.max) return answer;
		await sleep(tries.everyMs);
	}
}
