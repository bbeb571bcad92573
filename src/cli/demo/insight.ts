import { preventClasses, preventModelId } from "#insight";
import { assessRisk, signOff } from "#node";
import { type Chapter, nameOf, patientOf, signFor, signRead } from "./story.ts";
import { refusalOf } from "./threeCases.ts";

/** A model advises, a person decides. */
export const heartRisk: Chapter = {
	step: "insight",
	title: "A model advises, a person decides: AHA PREVENT",
	async tell(story) {
		const { network, cast } = story;
		const harbor = network.institution("harbor");
		const maria = cast.person("maria-sandoval");
		const patient = patientOf(maria, harbor);
		const relationship = story.relationships["dr-marsh/maria-sandoval"];
		const ask = {
			patient,
			purpose: "TREAT",
			classes: preventClasses,
			level: "identified",
			model: preventModelId,
			...(relationship === undefined ? {} : { relationship }),
		} as const;
		const { insight: answered, insightHash } = await assessRisk(network, harbor, signRead(story, "dr-marsh", harbor, ask));
		const { insight: unnamed } = await assessRisk(
			network,
			harbor,
			signRead(story, "dr-night", harbor, { patient, purpose: "TREAT", classes: preventClasses, level: "identified", model: preventModelId }),
		);
		if (answered.format !== "aceso/insight/2") throw new Error("expected the record itself: the consent grants it");
		const insight = answered;
		const clinician = cast.staff("dr-marsh");
		const decide = (decision: "accept" | "override", reason: string) =>
			signOff(harbor, signFor(story, clinician.signingKey, harbor, { kind: "sign-off", patient, insightHash, decision, reason }, clinician.member));
		const bare = await refusalOf(() => decide("override", ""));
		const signed = await decide("accept", "Fits her history; statin discussed.");
		const total = insight.results.find(({ outcome, horizonYears }) => outcome === "total_cvd" && horizonYears === 10);
		const explanation = insight.explanations.find(({ outcome, horizonYears }) => outcome === "total_cvd" && horizonYears === 10);
		const strongest = [...(explanation?.contributions ?? [])].sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds)).slice(0, 3);
		return {
			lines: [
				`${nameOf(maria)}, model ${insight.model?.name ?? "none"}: ${total === undefined ? "no result" : `${(total.risk * 100).toFixed(1)} % risk of cardiovascular disease in 10 years`}.`,
				...insight.inputs
					.filter(({ recorded }) => recorded !== null)
					.map(({ input, value, unit, date }) => `  ${input}: ${String(value)} ${unit} (${date ?? "as it stands"})`),
				`Drives it most: ${strongest.map(({ label, logOdds }) => `${label} ${logOdds > 0 ? "+" : ""}${logOdds.toFixed(2)}`).join("; ")} (log-odds).`,
				`A doctor without the grant gets: ${unnamed.status}, ${unnamed.problems[0]?.code ?? ""}. Overriding without a reason: ${bare}.`,
				`${clinician.name} accepts; the decision stands on the access log.`,
			],
			receipt: {
				insightHash,
				modelCardHash: insight.modelCardHash,
				knowledgeVersion: insight.knowledgeVersion,
				results: insight.results,
				inputs: insight.inputs,
				access: insight.access,
				signOff: signed,
			},
		};
	},
};
