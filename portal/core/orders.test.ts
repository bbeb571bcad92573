import { describe, expect, it } from "vitest";
import { pgxClasses, pgxModelId } from "#insight";
import { plain } from "../../src/node/cds/cards.ts";
import type { Api } from "./api.ts";
import { parseCardText } from "./cardText.ts";
import { createOrderDesk, orderClasses, orderModel } from "./orderDesk.ts";

describe("an order", () => {
	it("[PO120] is checked by the model's name over what it reads, and by nothing else", () => {
		expect(orderModel).toBe(pgxModelId);
		expect(orderClasses).toEqual(pgxClasses);
	});

	it("[PO120] is part of what is signed, and its most urgent card is the first", async () => {
		const sent: { path: string; body: { request: { body: { given: string } }; call: { context: { userId: string } } } }[] = [];
		const card = (indicator: string, url: string) => ({
			card: { summary: indicator, detail: "", indicator, source: { label: "CPIC", url } },
			insightHash: null,
		});
		const api = {
			post: async (path: string, body: never) => {
				sent.push({ path, body });
				return { isGuided: true, cards: [card("info", "javascript:alert(1)"), card("critical", "https://cpicpgx.org")] };
			},
		} as unknown as Api;
		const desk = createOrderDesk({
			api,
			signed: (body) => ({ body }),
			randomBytes: (length) => new Uint8Array(length).fill(7),
			key: () => "ab".repeat(32),
		});
		const { cards } = await desk.checkOrder({ localId: "p1", drug: "codeine", hook: "order-select" });
		const again = await desk.checkOrder({ localId: "p1", drug: "clopidogrel", hook: "order-select" });
		expect(again.cards).toHaveLength(2);
		expect(sent[0]!.body.request.body.given).not.toBe(sent[1]!.body.request.body.given);
		expect(sent[0]!.body.call.context.userId).toBe(`Practitioner/${"ab".repeat(32)}`);
		expect(cards.map(({ indicator }) => indicator)).toEqual(["critical", "info"]);
		expect(cards[1]!.source).toEqual({ label: "CPIC" });
	});
});

describe("a card's text", () => {
	it("[PO121] keeps items and strong parts, and everything else as the text it is", () => {
		const hostile = "<img src=x onerror=alert(1)> **bold** [link](javascript:x) & `code` # | ~ ! \\ *";
		const detail = `**${plain(hostile)}**\n- ${plain("a **b** c")}\n- **Not seen: genomics.**\n\n${plain("end")}`;
		const lines = parseCardText(detail);
		expect(lines[0]).toEqual({ isItem: false, parts: [{ text: hostile, isStrong: true }] });
		expect(lines[1]).toEqual({ isItem: true, parts: [{ text: "a **b** c", isStrong: false }] });
		expect(lines[2]).toEqual({ isItem: true, parts: [{ text: "Not seen: genomics.", isStrong: true }] });
		expect(lines).toHaveLength(4);
	});
});
