import { readFileSync } from "node:fs";
import { type LightBlock, parseLightBlock, type Validator } from "../light/comet/lightBlock.ts";

interface Recording {
	readonly cometbft: string;
	readonly sets: readonly (readonly Validator[])[];
	readonly blocks: readonly (Omit<LightBlock, "validators"> & { readonly validators: number })[];
}

/** `vectors/headers.json`: what a running network decided on, made anew by `scripts/recordHeaders.ts`. */
export function readRecordedHeaders(): { readonly cometbft: string; readonly blocks: readonly LightBlock[] } {
	const file = new URL("../../../vectors/headers.json", import.meta.url);
	const { cometbft, sets, blocks } = JSON.parse(readFileSync(file, "utf8")) as Recording;
	return { cometbft, blocks: blocks.map((block) => parseLightBlock({ ...block, validators: sets[block.validators] })) };
}
