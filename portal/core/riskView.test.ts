import { describe, expect, it } from "vitest";
import { preventClasses, preventModelId } from "#insight";
import { type RiskAnswer, riskClasses, riskModel, toRiskView } from "./riskView.ts";

const answer: RiskAnswer = {
	insightHash: "aa",
	insight: {
		...{ modelId: preventModelId, modelVersion: "1", status: "computed", classesNotAvailable: ["social"], notice: "n", access: { entryHash: "bb" } },
		results: [
			{ outcome: "total_cvd", horizonYears: 10, risk: 0.123 },
			{ outcome: "heart_failure", horizonYears: 10, risk: 0.5 },
		],
		problems: [],
		warnings: [],
	},
};

describe("a risk as it is shown", () => {
	it("[PO70] asks for what the model reads and nothing else", () => {
		expect([...riskClasses].sort()).toEqual([...preventClasses].sort());
		expect(riskModel).toBe(preventModelId);
	});

	it("[PO70] shows the one outcome, names what could not be seen, and fills nothing in for what the node left out", () => {
		const view = toRiskView(answer);
		expect(view.risks).toEqual([{ years: 10, probability: 0.123 }]);
		expect(view.parts).toEqual([{ outcome: "heart_failure", years: 10, probability: 0.5 }]);
		expect(view).toMatchObject({ notAvailable: ["social"], drivers: [], inputs: [], uncertainty: { codes: [], statement: "" } });
		const refused = toRiskView({
			...answer,
			insight: { ...answer.insight, status: "refused", results: [], problems: [{ code: "INPUT_NOT_AVAILABLE", input: "egfr" }] },
		});
		expect(refused).toMatchObject({
			risks: [],
			problems: [{ code: "INPUT_NOT_AVAILABLE", input: "egfr" }],
			reasons: [{ code: "INPUT_NOT_AVAILABLE", input: "egfr" }],
		});
	});
});
