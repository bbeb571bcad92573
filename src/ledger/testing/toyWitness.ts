import { onTestFinished } from "vitest";
import { encodeAddCheckpoint, type TileSource } from "#log";
import type { TrustedWitness } from "../light/witnessQuorum.ts";
import type { WitnessLink } from "../sealer/cosigners.ts";
import type { Sealer } from "../sealer/sealer.ts";
import { openWitness } from "../witness/openWitness.ts";
import type { Witness, WitnessOptions } from "../witness/witness.ts";
import type { WitnessAnswer } from "../witness/witnessAnswer.ts";
import { temporaryPath } from "./openToySealer.ts";
import { definition, stoppedClock, toyKey } from "./toyLedger.ts";

/** A witness over the toy rules that is closed when the test ends. */
export async function openToyWitness(name: string, source: TileSource, options: Partial<WitnessOptions> = {}): Promise<Witness> {
	const path = options.path ?? temporaryPath(`${name}.witness`);
	const witness = await openWitness({ ...definition, path, name, key: toyKey(name), source, now: stoppedClock().now, ...options });
	onTestFinished(() => witness.close());
	return witness;
}

export function toyWitness(name: string): TrustedWitness {
	return { name, key: toyKey(name).publicKey };
}

export function tilesOf(sealer: () => Sealer | undefined): TileSource {
	return async (path) => sealer()?.tile(path);
}

/** As a sealer reaches a witness in its own process. */
export function linkTo(witness: Witness): WitnessLink {
	return {
		name: witness.name,
		key: witness.publicKey,
		addCheckpoint: (body) => witness.addCheckpoint(body),
		latest: async () => witness.latest(),
	};
}

/** A link that cannot be reached. */
export function deadLink(name: string): WitnessLink {
	const unreachable = async () => {
		throw new Error("not reachable");
	};
	return { name, key: toyKey(name).publicKey, addCheckpoint: unreachable, latest: unreachable };
}

/** What the sealer asks when it believes that the witness stands at `oldSize`. */
export function ask(witness: Witness, sealer: Sealer, oldSize: number): Promise<WitnessAnswer> {
	const proof = sealer.proveConsistency(oldSize).map((hash) => Buffer.from(hash, "hex"));
	return witness.addCheckpoint(encodeAddCheckpoint({ oldSize, proof, checkpoint: sealer.checkpoint() }));
}
