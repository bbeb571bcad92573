import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ledger, type LightBlock, parseLightBlock } from "#ledger";
import { createInstitutionApp } from "../app.ts";
import { openSmallNetwork, type SmallNetwork } from "../testing/smallNetwork.ts";

const vectors = JSON.parse(readFileSync(new URL("../../../vectors/header-evidence.json", import.meta.url), "utf8")) as { readonly evidence: string };
const { path } = JSON.parse(vectors.evidence) as { readonly path: readonly LightBlock[] };

type Mutable<Whole> = { -readonly [Name in keyof Whole]: Whole[Name] };

let small: SmallNetwork;
beforeAll(async () => {
	small = await openSmallNetwork();
});
afterAll(() => small.close());

/** What the node answers where CometBFT has these headers, or one party seals. */
async function ask(query: string, isConsortium: boolean) {
	const lightBlock = async (height: number) => path.find(({ header }) => header.height === height)!;
	const ledger = small.network.ledger as Mutable<Ledger>;
	if (isConsortium) ledger.lightBlock = lightBlock;
	else delete ledger.lightBlock;
	const app = createInstitutionApp(small.network, small.institution());
	const { statusCode, body } = await app.inject({ url: `/api/ledger/header${query}` });
	await app.close();
	return { statusCode, body: JSON.parse(body) as { readonly code?: string } };
}

describe("the header of a height", () => {
	it("[CB58] is told as a reader takes it, where validators decide", async () => {
		const { header } = path[1]!;
		const { statusCode, body } = await ask(`?height=${header.height}`, true);
		expect(statusCode).toBe(200);
		expect(parseLightBlock(body)).toEqual(path[1]);
	});

	it("[CB58] is refused for what is no height, and where one party seals", async () => {
		for (const query of ["", "?height=", "?height=1&height=2", "?height=-1", "?height=1e3"]) {
			const { statusCode, body } = await ask(query, true);
			expect([statusCode, ["NODE_BODY_INVALID", "LEDGER_HEIGHT_MALFORMED"].includes(body.code ?? "")], query).toEqual([400, true]);
		}
		expect(await ask("?height=100", false)).toMatchObject({ statusCode: 400, body: { code: "NODE_BODY_INVALID" } });
	});
});
