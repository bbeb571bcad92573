import type { Io } from "../command.ts";
import { nameOf, openDemoDesk, patientsOf } from "../demoDesk.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, oneOf, readWords, required } from "../options.ts";
import { type ConsentView, describeConsent, viewConsents } from "./consentView.ts";

export async function listConsents(args: readonly string[], io: Io): Promise<number> {
	const options = {
		...dataOption,
		...jsonOption,
		person: { type: "string" },
		member: { type: "string" },
		language: { type: "string", default: "en" },
	} as const;
	const { values } = readWords(args, options);
	const language = oneOf(values.language, ["en", "de"], "--language");
	const folder = folderOf(values);
	const personKey = required(values.person, "--person KEY");
	const desk = openDemoDesk(folder);
	const patients = patientsOf(desk, personKey, values);
	return withNode({ folder, io }, async (node) => {
		const all: ConsentView[] = [];
		for (const patient of patients) {
			const views = await viewConsents(node, desk, patient, language);
			all.push(...views);
			if (values.json) continue;
			io.out(`${nameOf(patient.person)} at ${desk.memberName(patient.custodian)}: ${views.length === 0 ? "no consents" : ""}`.trimEnd());
			for (const view of views) for (const line of describeConsent(view)) io.out(`  ${line}`);
		}
		if (values.json) io.out(JSON.stringify({ person: personKey, consents: all }));
		return 0;
	});
}
