import { describe, expect, it } from "vitest";
import { createSigningKey, type MemberId } from "#base";
import { isValidRequest, requestLeadMs, requestLifetimeMs, type SignedRequest, signRequest } from "./signedRequest.ts";

const audience = "clinic-a" as MemberId;
const other = "lab-b" as MemberId;
const key = createSigningKey(new Uint8Array(32).fill(3));
const nowMs = 1_772_438_400_000;
const body = { kind: "read", classes: ["laboratory"], patient: { by: "local", localId: "42" } };
const request = signRequest(key, body, { audience, via: other, nowMs, nonce: new Uint8Array(16).fill(5) });

describe("a signed request", () => {
	it("[WA4] is valid for its audience, and survives the way over JSON", () => {
		expect(isValidRequest(request, { audience, nowMs })).toBe(true);
		expect(isValidRequest(JSON.parse(JSON.stringify(request)) as typeof request, { audience, nowMs })).toBe(true);
		expect(isValidRequest(request, { audience: other, nowMs })).toBe(false);
	});

	it("[WA5] is valid for 60 seconds, and no longer at the same millisecond", () => {
		const at = (timeMs: number) => isValidRequest(request, { audience, nowMs: timeMs });
		expect([at(nowMs + requestLifetimeMs - 1), at(nowMs + requestLifetimeMs)]).toEqual([true, false]);
		expect([at(nowMs - requestLeadMs), at(nowMs - requestLeadMs - 1)]).toEqual([true, false]);
	});

	it("[WA4] is invalid once any field is another's, missing or added", () => {
		const stranger = createSigningKey(new Uint8Array(32).fill(4)).publicKey;
		const changes: readonly Partial<Record<keyof SignedRequest<unknown> | "extra", unknown>>[] = [
			{ audience: other },
			{ via: audience },
			{ via: "Not a member" },
			{ key: stranger },
			{ key: "00".repeat(32) },
			{ timeMs: nowMs + 1 },
			{ timeMs: Number.NaN },
			{ nonce: "00".repeat(16) },
			{ nonce: "05" },
			{ body: { ...body, classes: ["genomics"] } },
			{ body: { ...body, count: 0.5 } },
			{ body: null },
			{ signature: request.signature.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) },
			{ signature: undefined },
			{ extra: 1 },
		];
		for (const change of changes) {
			expect(isValidRequest({ ...request, ...change } as typeof request, { audience, nowMs }), JSON.stringify(change)).toBe(false);
		}
		const { nonce: _, ...without } = request;
		expect(isValidRequest(without as typeof request, { audience, nowMs })).toBe(false);
	});
});
