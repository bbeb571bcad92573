import { CodedError } from "#base";
import { trialDiseases, trialStudy } from "#node";
import { type Chapter, countByClass, nameOf, patientOf, signFor, signRead } from "./story.ts";

/** A drug trial: de-identified tumour genomics and nothing else, for the one researcher whose study was approved. */
export const drugTrial: Chapter = {
	step: "case-drug-trial",
	title: "Case 1, a drug trial: tumour genomics without names, eleven patients or nobody",
	async tell(story) {
		const lindenhof = story.network.institution("lindenhof");
		const ask = (staff: string) => {
			const { signingKey, member } = story.cast.staff(staff);
			const body = {
				kind: "cohort",
				purpose: "CLINTRCH",
				study: trialStudy,
				diseases: [...trialDiseases],
				classes: ["genomics"],
				level: "deidentified",
			};
			return lindenhof.gate.releaseCohort(signFor(story, signingKey, lindenhof, body, member));
		};
		const released = await ask("researcher-osei");
		const variants = released.patients.flatMap(({ resources }) => resources);
		const text = JSON.stringify(released);
		const named = story.cast.people.filter((person) => text.includes(person.names.family)).length;
		const other = await refusalOf(() => ask("researcher-lindqvist"));
		return {
			lines: [
				`Dr. Osei's approved study gets ${variants.length} tumour variants of ${released.patients.length} patients; family names in the answer: ${named}.`,
				`Inherited variants stay: in the answer, ${(text.match(/germline/gi) ?? []).length} of them.`,
				`A researcher outside the study asks the same: ${other}.`,
			],
			receipt: {
				patients: released.patients.length,
				variants: variants.length,
				method: released.method,
				namesFound: named,
				outsider: other,
				example: variants[0],
			},
		};
	},
};

/** Routine care: everything about one condition, for the doctor who treats it. */
export const specialist: Chapter = {
	step: "case-specialist",
	title: "Case 2, routine care: the heart doctor sees the heart",
	async tell(story) {
		const harbor = story.network.institution("harbor");
		const james = story.cast.person("james-okafor");
		const classes = ["demographics", "conditions", "medications", "laboratory", "vitals", "encounters", "procedures", "notes", "social"] as const;
		const relationship = story.relationships["dr-marsh/james-okafor"];
		const patient = patientOf(james, harbor);
		const read = { patient, purpose: "TREAT", classes, level: "identified" } as const;
		const seen = await harbor.gate.release(signRead(story, "dr-marsh", harbor, { ...read, ...(relationship === undefined ? {} : { relationship }) }));
		const stranger = await harbor.gate.release(signRead(story, "dr-night", harbor, read));
		const own = await harbor.gate.release(
			signFor(story, james.wallet.pseudonymKey(harbor.id, 0), harbor, { kind: "read", ...read, purpose: "PATRQT" }),
		);
		const withheld = seen.classes.filter(({ status }) => status === "not-available").map((each) => each.class);
		return {
			lines: [
				`Dr. Marsh treats ${nameOf(james)}: ${seen.resources.length} records about his heart (${countByClass(seen.resources)}).`,
				`Not available to her: ${withheld.join(", ")}. ${seen.notice}`,
				`Another doctor of the same clinic gets ${stranger.resources.length} records; ${nameOf(james)} himself sees ${own.resources.length}.`,
			],
			receipt: {
				released: seen.resources.length,
				classes: seen.classes,
				access: seen.access,
				stranger: stranger.resources.length,
				patient: own.resources.length,
			},
		};
	},
};

/** Population research: a number with noise, and never a person. */
export const population: Chapter = {
	step: "case-population",
	title: "Case 3, population research: a count with noise, never a person",
	async tell(story) {
		const lindenhof = story.network.institution("lindenhof");
		const { signingKey, member } = story.cast.staff("researcher-lindqvist");
		const code = { system: "http://loinc.org", code: "85354-9" };
		const body = { kind: "count", purpose: "HRESCH", class: "vitals", code, epsilonMilli: 100 };
		const count = () => lindenhof.gate.countPatients(signFor(story, signingKey, lindenhof, body, member));
		const first = await count();
		const again = await count();
		const person = story.cast.person("anna-schreiber");
		const direct = await lindenhof.gate.release(
			signRead(story, "researcher-lindqvist", lindenhof, {
				patient: patientOf(person, lindenhof),
				purpose: "HRESCH",
				classes: ["vitals"],
				level: "identified",
			}),
		);
		const told = first.suppressed ? `fewer than ${first.below}` : `about ${first.count}`;
		return {
			lines: [
				`How many consenting patients have a blood pressure on record? ${told} (noise by ε = 0.1, charged to each one's yearly budget).`,
				`Asked again, the stored answer comes back: ${again.fromStore ? "yes" : "no"}. Asking cannot wash the noise out.`,
				`The same researcher asks for one person's records: ${direct.resources.length} released.`,
			],
			receipt: { answer: first, again, direct: direct.resources.length },
		};
	},
};

/** The code of the refusal, or what it is when none came. */
export async function refusalOf(act: () => Promise<unknown>): Promise<string> {
	try {
		await act();
		return "released";
	} catch (error) {
		if (error instanceof CodedError) return error.code;
		throw error;
	}
}
