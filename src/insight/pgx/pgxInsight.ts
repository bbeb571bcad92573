import type { Digest } from "#base";
import type { DataClass } from "#contracts";
import type { FiledResult, ModelResult, Release } from "#gate";
import { type Adjustment, adjustForMedicines, adviseOnAll, convertedGenes, type Gist, type GivenAdvice, gists, sayAdjustment } from "#genomics";
import { digestJson } from "../digest.ts";
import { InsightError } from "../errors.ts";
import { type CaveatCodes, type PatientFacts, readPatientFacts } from "./patientFacts.ts";
import { pgxClasses, pgxModelCardHash, pgxModelId, pgxModelVersion } from "./pgxModelCard.ts";
import { type PgxTables, pgxKnowledgeVersion } from "./pgxTables.ts";
import { renderPgxAssessment } from "./renderPgxAssessment.ts";

/** What one guideline says on one drug for this patient. Its digest is what a sign-off names. */
export interface PgxInsight {
	readonly format: "aceso/pgx-insight/2";
	readonly modelId: typeof pgxModelId;
	readonly modelVersion: string;
	readonly modelCardHash: Digest;
	readonly knowledgeVersion: Digest;
	readonly allelesVersion: string;
	readonly guidanceVersion: string;
	readonly subject: string | null;
	readonly drug: string;
	readonly gist: Gist;
	/** All rows of one guideline: for several populations, or several equally good results. */
	readonly advice: readonly GivenAdvice[];
	/** Medicines that change what the guideline's genes mean. */
	readonly adjustments: readonly Adjustment[];
	readonly adjustmentsSaid: readonly string[];
	/** Genes of the guideline whose result on file cannot be read. */
	readonly unreadable: readonly string[];
	/** What of the guideline's genes was not read or taken as reference, and which older results say otherwise. */
	readonly caveats: readonly string[];
	readonly caveatCodes: readonly CaveatCodes[];
	/** Genotypes that the results rest on. */
	readonly basis: readonly string[];
	readonly classesNotAvailable: readonly DataClass[];
	readonly classesInPart: readonly DataClass[];
	/** Whether a medicine can change what the guideline's genes mean, so that it has to be said which medicines were looked at. */
	readonly dependsOnMedicines: boolean;
	readonly notice: string;
	readonly access: Release["access"];
	readonly decidedAtHeight: number;
	readonly computedAtMs: number;
}

export interface PgxAnswer {
	/** One for each guideline on each drug; the most pressing first. */
	readonly insights: readonly {
		readonly insight: PgxInsight;
		readonly insightHash: Digest;
		/** It can be decided on. */
		readonly isFiled: boolean;
	}[];
	readonly facts: PatientFacts;
	readonly notice: string;
}

export interface PgxRunParameters {
	readonly tables: PgxTables;
	/** Drugs that are being ordered; undefined for those that the patient takes. */
	readonly ordered: readonly string[] | undefined;
	/** Medicines that the asking system knows of besides, and what is ordered beside. */
	readonly alsoTaken: readonly string[];
	readonly now: () => number;
}

/**
 * The model as the gate runs it: a function of a release. What asks for something else than usual is filed, each by itself, so that each can be overridden by
 * itself; what asks for nothing is logged like any computation and leaves no record to decide on.
 */
export function createPgxRun(parameters: PgxRunParameters): (release: Release) => Promise<ModelResult<PgxAnswer>> {
	return async (release) => {
		const facts = readPatientFacts(release, parameters.tables);
		const computedAtMs = parameters.now();
		const drugs = parameters.ordered ?? facts.medicines.filter((drug) => parameters.tables.guidance.drugs.has(drug));
		const insights = drugs.flatMap((drug) => adviseOnDrug(drug, { ...parameters, facts, release, computedAtMs }));
		const seen = pgxClasses.filter((name) => !facts.notSeen.includes(name));
		const hashed = insights
			.map((insight) => ({ insight, insightHash: digestJson(insight), isFiled: seen.length > 0 && insight.gist === "change" }))
			.toSorted((one, other) => gists.indexOf(one.insight.gist) - gists.indexOf(other.insight.gist));
		const filed = hashed
			.filter(({ isFiled }) => isFiled)
			.map(({ insight, insightHash }): FiledResult => {
				const resource = renderPgxAssessment(insight, insightHash);
				return { insightHash, resource, classes: seen, labels: [] };
			});
		return { answer: { insights: hashed, facts, notice: release.notice }, filed };
	};
}

interface DrugParameters extends PgxRunParameters {
	readonly facts: PatientFacts;
	readonly release: Release;
	readonly computedAtMs: number;
}

function adviseOnDrug(drug: string, { tables, alsoTaken, facts, release, computedAtMs }: DrugParameters): readonly PgxInsight[] {
	const medicines = [...new Set([...facts.medicines, ...alsoTaken])].filter((name) => name !== drug);
	const { genes, adjustments } = adjustForMedicines({
		genes: facts.genes,
		medicines,
		table: tables.interactions,
		knowledge: tables.caller.knowledge,
	});
	const today = new Date(computedAtMs).toISOString().slice(0, 10);
	const [report] = adviseOnAll({ genes, guidance: tables.guidance, today, drugs: [drug] }).drugs;
	const byGuideline = Map.groupBy(report?.advice ?? [], ({ guidelineId }) => guidelineId);
	return [...byGuideline.values()].map((advice): PgxInsight => {
		const concerned = advice[0]?.genes ?? [];
		const own = adjustments.filter(({ gene }) => concerned.includes(gene));
		return {
			...{ format: "aceso/pgx-insight/2", modelId: pgxModelId, modelVersion: pgxModelVersion, modelCardHash: pgxModelCardHash(tables) },
			...{ knowledgeVersion: pgxKnowledgeVersion(tables), allelesVersion: tables.caller.knowledge.version, guidanceVersion: tables.guidance.version },
			...{ subject: facts.subject, drug, gist: gists.find((gist) => advice.some((each) => each.gist === gist)) ?? "silent", advice },
			...{ adjustments: own, adjustmentsSaid: own.map(sayAdjustment), unreadable: facts.unreadable.filter((gene) => concerned.includes(gene)) },
			caveats: concerned.flatMap((gene) => facts.caveats.get(gene) ?? []),
			caveatCodes: concerned.flatMap((gene) => facts.caveatCodes.get(gene) ?? []),
			basis: facts.basis,
			classesNotAvailable: facts.notSeen.filter((name) => name !== "medications" || dependsOnMedicines(concerned)),
			classesInPart: facts.seenInPart.filter((name) => name !== "medications" || dependsOnMedicines(concerned)),
			dependsOnMedicines: dependsOnMedicines(concerned),
			...{ notice: release.notice, access: release.access, decidedAtHeight: release.decidedAtHeight, computedAtMs },
		};
	});
}

/** Of other genes no medicine changes the meaning, so that not seeing medicines takes nothing from the advice. */
function dependsOnMedicines(genes: readonly string[]): boolean {
	return genes.some((gene) => (convertedGenes as readonly string[]).includes(gene));
}

/**
 * A request that asks for more than the model needs is not sent.
 *
 * @throws {@link InsightError} `INSIGHT_REQUEST_DIFFERS`.
 */
export function assertPgxRequest(body: {
	readonly classes: readonly DataClass[];
	readonly model?: string;
	readonly level: string;
	readonly record?: string;
}): void {
	const wider = body.classes.some((each) => !(pgxClasses as readonly DataClass[]).includes(each)) || body.record !== undefined;
	if (wider) throw new InsightError("INSIGHT_REQUEST_DIFFERS", "expected only the classes this insight reads", { at: "body.classes" });
	if (body.model !== pgxModelId)
		throw new InsightError("INSIGHT_REQUEST_DIFFERS", `expected the model ${pgxModelId} to be named`, { at: "body.model" });
	if (body.level !== "compute" && body.level !== "identified")
		throw new InsightError("INSIGHT_REQUEST_DIFFERS", "expected level compute or identified", { at: "body.level" });
}
