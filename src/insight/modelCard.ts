import { canonicalBytes, type Digest, type JsonObject, sha256Hex } from "#base";
import { codes, codesHash, knowledgeVersion } from "./prevent/codes.ts";
import { coefficientsHash } from "./prevent/coefficients.ts";
import { preventClasses } from "./prevent/collectInputs.ts";
import { type NumericInput, preventHorizons, preventModels, preventOutcomes } from "./prevent/model.ts";
import { inputNames } from "./prevent/problem.ts";
import { inputRanges, printRange } from "./prevent/ranges.ts";
import { publishedPerformance } from "./prevent/uncertainty.ts";

export const preventModelId = "prevent-2023";
/** Changes whenever an answer could: new rules here, new tables there. */
export const preventModelVersion = "1.0.0";

/** What the model is, for whom, from what, and what it cannot do. Published on the ledger by its hash. */
export const preventModelCard: JsonObject = {
	format: "aceso/model-card/1",
	id: preventModelId,
	version: preventModelVersion,
	title: "AHA PREVENT: risk of cardiovascular disease over 10 and 30 years",
	source: {
		equations: "Khan et al., Circulation 2024;149:430-449, doi:10.1161/CIRCULATIONAHA.123.067626, Table S12",
		carriedBy: "martingmayer/preventr, commit ebe2ac15c38569c3bdaf871c4853b6eeff77b039, MIT",
		egfr: "CKD-EPI 2021, Inker et al., N Engl J Med 2021;385:1737-1749, doi:10.1056/NEJMoa2102953",
	},
	intendedUse:
		"Supports a clinician and a patient who talk about preventing a first cardiovascular event. It advises; a person decides, and says so on record.",
	notIntendedFor:
		"People with known atherosclerotic cardiovascular disease or heart failure; emergencies; decisions without a clinician; insurance, employment or any rating of people.",
	eligible:
		"Ages 30 to 79 without known atherosclerotic cardiovascular disease or heart failure. 30-year risk is for ages up to 59; beyond, it is computed and warned of.",
	models: [...preventModels],
	horizonsYears: [...preventHorizons],
	outcomes: [...preventOutcomes],
	classes: [...preventClasses],
	ranges: Object.fromEntries((Object.keys(inputRanges) as NumericInput[]).map((input) => [inputNames[input], printRange(input)])),
	youngerThanDays: {
		...Object.fromEntries(Object.entries(codes.observations).map(([name, { youngerThanDays }]) => [name, youngerThanDays])),
		sdiDecile: codes.deprivation.youngerThanDays,
		medicines: codes.medications.youngerThanDays,
	},
	performance: {
		what: "External validation of total CVD: median over data sets and interquartile interval (abstract of the source)",
		figures: publishedPerformance.map(({ measure, sex, median, interquartile }) => ({ measure, sex, median, interquartile: [...interquartile] })),
	},
	limits: [
		"Made from people in the United States between 1992 and 2017; other populations may be over- or underestimated.",
		"One equation for each sex, chosen by administrative gender, which is not sex at birth and may not fit a trans or intersex person.",
		"Known disease is looked for in released conditions and procedures by code lists and names; a diagnosis written only in a note, or coded otherwise and not named, is not seen.",
		"Medicines are read from active requests and statements; whether they are taken is not known.",
		"The Social Deprivation Index is used only when the record or the requester states its decile: there is no table of places here.",
		"Contributions say what the equation adds up, not what would happen if a factor were changed.",
	],
	knowledge: { version: knowledgeVersion, coefficients: coefficientsHash, codes: codesHash, codesVersion: codes.version },
};

/** Canonical bytes (RFC 8785) of the card. */
export const preventModelCardBytes: Uint8Array = canonicalBytes(preventModelCard);

/** SHA-256 of {@link preventModelCardBytes}: what the `models` contract publishes. */
export const preventModelCardHash = sha256Hex(preventModelCardBytes) as Digest;
