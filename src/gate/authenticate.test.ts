import { describe, expect, it } from "vitest";
import { createSigningKey, type Instant, type JsonValue, type MemberId } from "#base";
import { forwardRequest, type SignedRequest, signRequest } from "#wallet";
import { type Admission, admitRequest, ReplayWindow } from "./authenticate.ts";
import { Sessions } from "./sessions.ts";

const harbor = "harbor" as MemberId;
const meridian = "meridian" as MemberId;
const person = createSigningKey(new Uint8Array(32).fill(1));
const harborKey = createSigningKey(new Uint8Array(32).fill(2));
const meridianKey = createSigningKey(new Uint8Array(32).fill(3));
const start = 1_795_000_000_000;

/** The ledger's members; the second one's status is the test's to choose. */
function gateAt(now: number, status = "active"): Admission {
	const members: Record<string, JsonValue> = {
		"m/harbor": { id: harbor, key: harborKey.publicKey, status: "active" },
		"m/meridian": { id: meridian, key: meridianKey.publicKey, status },
	};
	const ledger = { get: (_contract: string, key: string) => members[key] } as unknown as Admission["parts"]["ledger"];
	return { parts: { member: harbor, ledger, now: () => now as Instant }, window: new ReplayWindow(), sessions: new Sessions() };
}

let nonce = 0;
function lookup(via: MemberId, nowMs = start): SignedRequest<object> {
	const body = { kind: "lookup", family: "Marsh", given: "Eleanor", birthDate: "1970-01-01" };
	return signRequest(person, body, { audience: harbor, via, nowMs, nonce: new Uint8Array(16).fill(++nonce) });
}

const codeOf = async (work: () => Promise<unknown>): Promise<string> => {
	try {
		await work();
		return "admitted";
	} catch (error) {
		return (error as { code: string }).code;
	}
};

describe("who asks", () => {
	it("admits a person's own request at the member it names", async () => {
		expect((await admitRequest(gateAt(start), lookup(harbor), "lookup")).request.key).toBe(person.publicKey);
	});

	it("refuses someone outside who says they ask from inside another member's node", async () => {
		expect(await codeOf(() => admitRequest(gateAt(start), lookup(meridian), "lookup"))).toBe("GATE_FORWARD_INVALID");
	});

	it("admits it when that member signed it on, and no other member's signature will do", async () => {
		const request = lookup(meridian);
		expect(await codeOf(() => admitRequest(gateAt(start), forwardRequest(harborKey, request), "lookup"))).toBe("GATE_FORWARD_INVALID");
		expect(await codeOf(() => admitRequest(gateAt(start), forwardRequest(meridianKey, lookup(harbor)), "lookup"))).toBe("GATE_FORWARD_INVALID");
		expect(await codeOf(() => admitRequest(gateAt(start, "suspended"), forwardRequest(meridianKey, request), "lookup"))).toBe("GATE_FORWARD_INVALID");
		expect(await codeOf(() => admitRequest(gateAt(start), forwardRequest(meridianKey, request), "lookup"))).toBe("admitted");
	});

	it("refuses a member's signature moved to another request of the same person", async () => {
		const moved = { ...forwardRequest(meridianKey, lookup(meridian)), request: lookup(meridian) };
		expect(await codeOf(() => admitRequest(gateAt(start), moved, "lookup"))).toBe("GATE_FORWARD_INVALID");
	});

	it("refuses the same request a second time, wrapped or not, and a refused one occupies no memory", async () => {
		const gate = gateAt(start);
		const request = lookup(meridian);
		expect(await codeOf(() => admitRequest(gate, request, "lookup"))).toBe("GATE_FORWARD_INVALID");
		expect(await codeOf(() => admitRequest(gate, forwardRequest(meridianKey, request), "lookup"))).toBe("admitted");
		expect(await codeOf(() => admitRequest(gate, forwardRequest(meridianKey, request), "lookup"))).toBe("GATE_REQUEST_REPLAYED");
	});

	it("admits one of many uses of a request that arrive together", async () => {
		const gate = gateAt(start);
		const request = lookup(harbor);
		const codes = await Promise.all(Array.from({ length: 8 }, () => codeOf(() => admitRequest(gate, request, "lookup"))));
		expect(codes.toSorted()).toEqual([...Array.from({ length: 7 }, () => "GATE_REQUEST_REPLAYED"), "admitted"]);
	});

	it("judges the time again when the signature is verified: a nonce forgotten meanwhile opens nothing twice", async () => {
		const clock = [start + 59_999, start + 60_000];
		const gate = gateAt(start);
		const slow = { ...gate, parts: { ...gate.parts, now: () => clock.shift() as Instant } };
		expect(await codeOf(() => admitRequest(slow, lookup(harbor), "lookup"))).toBe("GATE_REQUEST_EXPIRED");
	});

	it("is valid for exactly its minute", async () => {
		const request = lookup(harbor);
		expect(await codeOf(() => admitRequest(gateAt(start + 59_999), request, "lookup"))).toBe("admitted");
		expect(await codeOf(() => admitRequest(gateAt(start + 60_000), request, "lookup"))).toBe("GATE_REQUEST_EXPIRED");
		expect(await codeOf(() => admitRequest(gateAt(start - 5_001), request, "lookup"))).toBe("GATE_REQUEST_EXPIRED");
	});

	it("names the first fault of a malformed request and never its value", async () => {
		const bad = { ...lookup(harbor), body: { kind: "lookup", family: "", given: "Secret-Name", birthDate: "x" } };
		let message = "";
		try {
			await admitRequest(gateAt(start), bad, "lookup");
		} catch (error) {
			message = JSON.stringify({ ...(error as object), message: (error as Error).message });
		}
		expect(message).toContain("body.family");
		expect(message).not.toContain("Secret-Name");
	});
});
