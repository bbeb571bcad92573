import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dayMs, hourMs } from "#base";
import { byLocal, codeOf, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

let small: SmallNetwork;
let patient: SmallPatient;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Vinter", given: "Ida", birthDate: "1961-01-12" });
	doctor = await small.hire("practitioner");
	await small.grant(patient, toPractitioners("north", ["conditions"], { endMs: small.network.now() + 12 * hourMs }));
});

afterAll(() => small.close());

/** What a look gives: the number of records, or the code of its refusal. */
async function look(): Promise<number | string> {
	let count: number | undefined;
	const code = await codeOf(
		small.read(doctor.key, byLocal(patient.localId), { classes: ["conditions"] }).then(({ resources }) => (count = resources.length)),
	);
	return count ?? code;
}

/** Seals a block at the clock of now. */
const seal = () => small.hire("practitioner");

describe("a clock that jumps by a day", () => {
	it("[GA119] forward, then back: nothing is read on a ledger that seems a day old, and what expired at block time stays expired", {
		timeout: 90_000,
	}, async () => {
		expect(await look()).toBe(1);
		small.advance(dayMs);
		expect(await look()).toBe("GATE_LEDGER_STALE");
		// The sealer says with its next heartbeat that its newest is still its newest; the grant has run out meanwhile.
		await expect.poll(look, { timeout: 20_000, interval: 500 }).toBe(0);
		await seal();
		const { time } = small.network.ledger.head();
		small.advance(-dayMs);
		expect(await look()).toBe("GATE_LEDGER_STALE");
		await expect.poll(look, { timeout: 20_000, interval: 500 }).toBe(0);
		expect(small.network.ledger.head().time).toBe(time);
		expect(small.network.ledger.head().time).toBeGreaterThan(small.network.now());
	});
});
