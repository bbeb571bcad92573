import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInstitutionApp } from "./app.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type Staff, toPractitioners } from "./testing/smallNetwork.ts";

/** A laboratory value of 1.50 that comes back as 1.5 tells a clinician of another precision than was measured (FHIR R4 §2.24.0.1). */
let small: SmallNetwork;
let doctor: Staff;
const app = () => createInstitutionApp(small.network, small.institution());

beforeAll(async () => {
	small = await openSmallNetwork();
	doctor = await small.hire("practitioner");
});
afterAll(() => small.close());

const decimal = fc
	.tuple(fc.constantFrom("", "-"), fc.nat(99_999), fc.stringMatching(/^[0-9]{1,22}$/), fc.constantFrom("", "e0", "E+1", "e-3"))
	.map(([sign, int, fraction, exponent]) => `${sign}${int}.${fraction}${exponent}`);

async function releasedText(hemoglobin: string, level: "identified" | "pseudonymised"): Promise<string> {
	const patient = await small.admit({ family: "Digit", given: "Dora", birthDate: "1970-01-01", hemoglobin });
	await small.grant(patient, toPractitioners("north", ["laboratory"], { level }));
	const body = { kind: "read", patient: byLocal(patient.localId), purpose: "TREAT", classes: ["laboratory"], level };
	const { statusCode, body: text } = await app().inject({ method: "POST", url: "/api/records", payload: small.sign(doctor.key, body) });
	expect(statusCode).toBe(200);
	return text;
}

describe("decimals", () => {
	it("[GA44] a number survives import, encryption and release over HTTP to the byte", async () => {
		await fc.assert(
			fc.asyncProperty(decimal, async (hemoglobin) => {
				expect(await releasedText(hemoglobin, "identified")).toContain(`"valueQuantity":{"value":${hemoglobin},"unit":"g/dL"`);
			}),
			{ numRuns: 12 },
		);
	});

	it.each(["13.90", "1.390e1", "-0", "13.900000000000000000"])("[GA44] [MI27] %s keeps its spelling when pseudonymised", async (hemoglobin) => {
		expect(await releasedText(hemoglobin, "pseudonymised")).toContain(`"value":${hemoglobin},`);
	});

	it("[MI27] a spelling with room for a message is cut to the number when pseudonymised", async () => {
		const text = await releasedText("13.9000000000000000000004915551234567", "pseudonymised");
		expect(text).toContain('"value":13.9,');
		expect(text).not.toContain("4915551234567");
	});
});
