/** What a gene changes. */
export const effectSubjects = {
	"activation": "activation of the drug",
	"active-exposure": "level of drug and active metabolite together",
	"active-metabolite": "active metabolite",
	"clinical-effect": "clinical effect",
	"contraindicated-here": "the drug is contraindicated with this result",
	"discontinuation": "discontinuation",
	"dose-finding": "finding the dose",
	"dose-need": "dose needed",
	"effect": "effect",
	"efficacy": "efficacy",
	"enzyme-activity": "enzyme activity",
	"exposure": "blood level",
	"level": "blood level",
	"limited-data": "very few data",
	"metabolism": "metabolism",
	"no-data": "no data",
	"not-described": "the guideline does not describe an effect",
	"not-stated": "no effect is stated",
	"phenoconversion": "inhibition of its own metabolism",
	"platelet-reactivity": "platelet reactivity",
	"recurrence": "recurrence of breast cancer",
	"response": "response",
	"see-guideline": "more figures in the guideline",
	"sensitivity": "sensitivity to the drug",
	"switching": "switching to another drug",
	"target-level": "reaching the target level",
	"therapy-failure": "failure of therapy",
	"toxicity": "risk",
	"transport": "transport into the liver",
	"variant": "variant",
} as const;

export type EffectSubject = keyof typeof effectSubjects;

/** Which way. */
export const effectDirections = {
	"absent": "absent",
	"changed": "changed",
	"difficult": "difficult",
	"down": "reduced",
	"insufficient-evidence": "evidence insufficient",
	"less-likely": "less likely",
	"limited-to": "limited to this",
	"low": "low",
	"minimal": "minimal",
	"minimal-evidence": "evidence minimal",
	"modest": "modestly likely",
	"more-common-than-reference": "more common than the reference, to which treatment is geared",
	"more-likely": "more likely",
	"no-difference": "no difference shown",
	"normal": "normal",
	"normal-or-down": "normal or reduced",
	"normal-or-up": "normal or increased",
	"not-excluded": "not excluded",
	"not-responsive": "not listed as responsive in the label",
	"possible": "possible",
	"reported": "reported",
	"responsive": "listed as responsive in the label",
	"therapeutic-in-most": "within the therapeutic range in most",
	"toxic-in-most": "in the toxic range in most",
	"unclear": "unclear",
	"unknown": "unknown",
	"unlikely": "unlikely",
	"unproven": "no or weak evidence of an increase",
	"up": "increased",
	"variable": "variable",
	"very-low": "very low",
} as const;

export type EffectDirection = keyof typeof effectDirections;

/** How much, and how sure. */
export const effectQualifiers = {
	"great": "greatly",
	"further": "(also against the group in between)",
	"likely": "likely",
	"limited-data": "(few data)",
	"possible": "possibly",
	"slight": "slightly",
	"theoretical": "in theory",
} as const;

export type EffectQualifier = keyof typeof effectQualifiers;

/** What the risk is of. */
export const effectOutcomes = {
	"bilirubin-discontinuation": "stopping because of bilirubin",
	"bleeding": "bleeding",
	"bradycardia": "bradycardia",
	"cardiotoxicity": "cardiotoxic side effects",
	"cardiovascular-events": "cardiovascular and cerebrovascular events",
	"death": "death",
	"discontinuation": "stopping the treatment",
	"dress": "DRESS",
	"haemolysis": "acute haemolytic anaemia",
	"haemolysis-of-chronic": "acute exacerbation of chronic haemolysis",
	"hearing-loss": "hearing loss",
	"hypersensitivity": "hypersensitivity",
	"leukopenia": "leukopenia",
	"life-threatening": "life-threatening side effects",
	"liver-injury": "liver injury",
	"malignant-hyperthermia": "malignant hyperthermia",
	"myelosuppression": "myelosuppression",
	"myopathy": "myopathy",
	"nervous-system": "adverse events of the central nervous system",
	"ocd-or-anxiety": "obsessive compulsive and anxiety disorder",
	"over-anticoagulation": "over-anticoagulation",
	"qt-prolongation": "QT prolongation",
	"rash": "rash",
	"severe-or-fatal": "severe or fatal toxicity",
	"severe-skin-reaction": "severe skin reactions",
	"side-effects": "side effects",
	"sjs-ten": "Stevens-Johnson syndrome or toxic epidermal necrolysis",
} as const;

export type EffectOutcome = keyof typeof effectOutcomes;
