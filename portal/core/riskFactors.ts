/** What a person can understand as one thing that drives a risk. */
export const riskFactors = ["age", "bloodPressure", "cholesterol", "diabetes", "smoking", "weight", "kidneys", "place"] as const;
export type RiskFactor = (typeof riskFactors)[number];

/** Terms of the model that stand alone; of a product of two the second says to which factor it belongs, as the model's own words group it. */
const factors: Readonly<Record<string, RiskFactor>> = {
	...{ age: "age", ageSquared: "age", nonHdl: "cholesterol", hdl: "cholesterol", statin: "cholesterol" },
	...{ sbpBelow110: "bloodPressure", sbpFrom110: "bloodPressure", bpTreatment: "bloodPressure" },
	...{ diabetes: "diabetes", hba1cWithDiabetes: "diabetes", hba1cWithoutDiabetes: "diabetes", hba1cMissing: "diabetes" },
	...{ smoking: "smoking", bmiBelow30: "weight", bmiFrom30: "weight" },
	...{ egfrBelow60: "kidneys", egfrFrom60: "kidneys", lnUacr: "kidneys", uacrMissing: "kidneys" },
	...{ sdi4to6: "place", sdi7to10: "place", sdiMissing: "place" },
};

/** undefined for a term of a model that is not known here: it is then shown under nobody's name. */
export function factorOf(term: string): RiskFactor | undefined {
	const name = term.split("*").at(-1) ?? term;
	return Object.hasOwn(factors, name) ? factors[name] : undefined;
}

export interface FactorShare {
	readonly factor: RiskFactor;
	/** Share of the log-odds against the model's reference person; positive raises the risk. */
	readonly logOdds: number;
}

/** Less than this is not worth a line: the model's own words for patients leave it out too. */
const shownFrom = 0.05;

/** What drives a risk, the strongest first. */
export function sharesOf(contributions: readonly { readonly term: string; readonly logOdds: number }[]): readonly FactorShare[] {
	const totals = new Map<RiskFactor, number>();
	for (const { term, logOdds } of contributions) {
		const factor = factorOf(term);
		if (factor !== undefined) totals.set(factor, (totals.get(factor) ?? 0) + logOdds);
	}
	return [...totals]
		.map(([factor, logOdds]) => ({ factor, logOdds }))
		.filter(({ logOdds }) => Math.abs(logOdds) >= shownFrom)
		.sort((one, other) => Math.abs(other.logOdds) - Math.abs(one.logOdds));
}

/** How much, in the model's own steps: odds doubled or halved a lot, changed by a quarter some. */
export function sizeOf(logOdds: number): "aLot" | "some" | "aLittle" {
	const size = Math.abs(logOdds);
	return size >= Math.LN2 ? "aLot" : size >= Math.log(1.25) ? "some" : "aLittle";
}
