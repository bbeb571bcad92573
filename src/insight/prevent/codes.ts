import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Digest, decodeHex, sha256Hex } from "#base";
import { InsightError } from "../errors.ts";
import { coefficientsHash } from "./coefficients.ts";

const findingSchema = z.strictObject({
	/** SNOMED CT concept → what it says. */
	snomed: z.record(z.string(), z.string()),
	/** Codes of ICD-10 (WHO, CM, GM) that start with one of these, save those in `icd10Except`. */
	icd10: z.array(z.string()),
	icd10Except: z.array(z.string()),
	/** Lower-case words; a name with one of them counts where no code is known. */
	words: z.array(z.string()),
});
const measurementSchema = z.strictObject({
	panels: z.array(z.string()).optional(),
	codes: z.array(z.string()),
	/** A value is used only while it is younger than this many days. */
	youngerThanDays: z.int(),
});
const medicineSchema = z.strictObject({
	atc: z.array(z.string()),
	ingredients: z.record(z.string(), z.string()),
	products: z.record(z.string(), z.string()),
});
const codesSchema = z.strictObject({
	format: z.literal("aceso/prevent-codes/1"),
	version: z.string(),
	conditions: z.strictObject({
		ascvd: findingSchema,
		heartFailure: findingSchema,
		diabetes: findingSchema,
		hypertension: findingSchema,
		smoking: findingSchema,
	}),
	notAFinding: z.array(z.string()),
	procedures: z.strictObject({
		ascvd: z.strictObject({
			snomed: z.record(z.string(), z.string()),
			cpt: z.array(z.string()),
			icd10pcs: z.array(z.string()),
			ops: z.array(z.string()),
			words: z.array(z.string()),
		}),
	}),
	smokingStatus: z.strictObject({ loinc: z.array(z.string()), current: z.array(z.string()), notCurrent: z.array(z.string()) }),
	observations: z.strictObject({
		sbpMmHg: measurementSchema,
		totalCholesterolMgDl: measurementSchema,
		hdlCholesterolMgDl: measurementSchema,
		creatinine: measurementSchema,
		egfrStated: measurementSchema,
		egfrOther: measurementSchema,
		bmiKgM2: measurementSchema,
		height: measurementSchema,
		weight: measurementSchema,
		hba1cPercent: measurementSchema,
		uacrMgG: measurementSchema,
		smoking: measurementSchema,
	}),
	/** An Observation that states the decile of the place of living; LOINC has no code for it. */
	deprivation: z.strictObject({ system: z.string(), code: z.string(), youngerThanDays: z.int() }),
	medications: z.strictObject({
		youngerThanDays: z.int(),
		/** An active order older than this is counted and warned of. */
		renewedWithinDays: z.int(),
		statin: medicineSchema,
		bpTreatment: medicineSchema,
		alsoCalled: z.record(z.string(), z.string()),
		notSystemic: z.array(z.string()),
	}),
});

export type Finding = z.infer<typeof findingSchema>;
export type MeasurementCodes = z.infer<typeof measurementSchema>;
export type Medicine = z.infer<typeof medicineSchema>;

const bytes = readFileSync(new URL("../../../knowledge/equations/prevent/codes.json", import.meta.url));

/** Which codes of a record mean what to PREVENT, and how old a value may be (knowledge/equations/prevent/codes.json). */
export const codes = readCodes();

/** SHA-256 of the code table's bytes. */
export const codesHash = sha256Hex(bytes) as Digest;

/** One digest over everything an estimate rests on besides the record: SHA-256(coefficient table's digest ‖ code table's digest). */
export const knowledgeVersion = sha256Hex(decodeHex(coefficientsHash), decodeHex(codesHash)) as Digest;

function readCodes(): z.infer<typeof codesSchema> {
	const table = codesSchema.safeParse(JSON.parse(bytes.toString("utf8")));
	if (!table.success) throw new InsightError("INSIGHT_KNOWLEDGE_INVALID", "expected the code table of PREVENT, found another form");
	return table.data;
}
