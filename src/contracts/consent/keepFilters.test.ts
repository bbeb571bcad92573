import { describe, expect, it } from "vitest";
import type { ConsentId } from "#base";
import type { Level } from "../vocabulary.ts";
import { keepFilters } from "./decide.ts";
import type { ClassVerdict, Decision, RecordFilter } from "./terms.ts";

const [whole, model, crowd] = ["whole", "model", "crowd"] as unknown as ConsentId[];
const by = (basis: string | undefined, level: Level, labels: RecordFilter["labels"] = []): RecordFilter => ({
	basis: basis as string,
	level,
	labels,
	except: [],
});
const released = (name: ClassVerdict["class"], ...filters: RecordFilter[]): ClassVerdict => ({ class: name, released: true, filters });
const permit = (classes: readonly ClassVerdict[], more: Partial<Decision>): Decision =>
	({ decision: "permit", classes, consents: [], expiresAtMs: 7, obligations: [], reasons: ["PERMITTED_BY_CONSENT"], ...more }) as Decision;
const identified = ({ level }: RecordFilter) => level === "identified";

describe("keepFilters", () => {
	it("[CN66] hands a decision of which all can be used on as it is", () => {
		const decision = permit([released("vitals", by(whole, "identified")), { class: "notes", released: false }], { consents: [whole as ConsentId] });
		expect(keepFilters(decision, identified)).toBe(decision);
	});

	it("[CN66] takes out a filter, and the consent and the duty that stood on it alone", () => {
		const decision = permit(
			[
				released("conditions", by(whole, "identified"), by(crowd, "deidentified")),
				released("vitals", by(model, "compute", ["mental-health"] as never)),
				{ class: "notes", released: false },
			],
			{
				consents: [crowd, model, whole] as ConsentId[],
				obligations: ["minimum-cohort", "no-redisclosure"],
				reasons: ["PERMITTED_BY_CONSENT", "CLASS_NOT_GRANTED"],
			},
		);
		expect(keepFilters(decision, identified)).toEqual({
			decision: "permit",
			classes: [released("conditions", by(whole, "identified")), { class: "vitals", released: false }, { class: "notes", released: false }],
			consents: [whole],
			expiresAtMs: 7,
			obligations: [],
			reasons: ["PERMITTED_BY_CONSENT", "CLASS_NOT_GRANTED"],
		});
	});

	it("[CN66] keeps the duties of what is left", () => {
		const decision = permit([released("conditions", by(whole, "identified", ["mental-health"] as never), by(crowd, "aggregate"))], {
			consents: [crowd, whole] as ConsentId[],
			obligations: ["minimum-cohort", "no-redisclosure"],
		});
		expect(keepFilters(decision, identified)).toMatchObject({ consents: [whole], obligations: ["no-redisclosure"] });
		expect(keepFilters(decision, ({ level }) => level === "aggregate")).toMatchObject({ consents: [crowd], obligations: ["minimum-cohort"] });
	});

	it("[CN66] names no consent, and no policy of the house, by which nothing leaves", () => {
		const decision = permit([released("conditions", by("implicit", "identified"), by(model, "compute"))], {
			consents: [model as ConsentId],
			reasons: ["PERMITTED_BY_CONSENT", "PERMITTED_BY_IMPLICIT_POLICY"],
		});
		expect(keepFilters(decision, identified)).toMatchObject({ consents: [], reasons: ["PERMITTED_BY_IMPLICIT_POLICY"] });
		expect(keepFilters(decision, ({ level }) => level === "compute")).toMatchObject({ consents: [model], reasons: ["PERMITTED_BY_CONSENT"] });
	});

	it("[CN66] of a permit of which nothing can be used leaves none", () => {
		expect(keepFilters(permit([released("vitals", by(model, "compute"))], { consents: [model as ConsentId] }), identified)).toBeUndefined();
	});
});
