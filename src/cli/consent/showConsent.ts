import type { Io } from "../command.ts";
import { nameOf, openDemoDesk, patientsOf } from "../demoDesk.ts";
import { CliError } from "../errors.ts";
import type { NodeClient } from "../nodeClient.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, oneOf, readWords, required } from "../options.ts";
import { untilWitnessed } from "../untilWitnessed.ts";
import { describeConsent, viewConsents } from "./consentView.ts";

/** One consent: what it says, where it stands, and that the ledger proves both. */
export async function showConsent(args: readonly string[], io: Io): Promise<number> {
	const options = {
		...dataOption,
		...jsonOption,
		person: { type: "string" },
		consent: { type: "string" },
		language: { type: "string", default: "en" },
	} as const;
	const { values } = readWords(args, options);
	const language = oneOf(values.language, ["en", "de"], "--language");
	const consentId = required(values.consent, "--consent ID");
	const folder = folderOf(values);
	const desk = openDemoDesk(folder);
	const patients = patientsOf(desk, required(values.person, "--person KEY"));
	const find = async (node: NodeClient) => {
		for (const patient of patients) {
			const view = (await viewConsents(node, desk, patient, language)).find((each) => each.consentId === consentId);
			if (view !== undefined) return { patient, view, standing: view.standing };
		}
		throw noSuchConsent();
	};
	return withNode({ folder, io }, async (node) => {
		const { patient, view, standing } = await untilWitnessed(() => find(node));
		if (values.json) io.out(JSON.stringify({ person: patient.person.key, ...view }));
		else {
			io.out(`${nameOf(patient.person)} at ${desk.memberName(patient.custodian)}`);
			for (const line of describeConsent(view)) io.out(`  ${line}`);
			io.out(
				standing === "witnessed"
					? "  ✓ status and last day are proved by the ledger's state, which its sealer signed and enough witnesses cosigned"
					: "  ! status and last day are proved by the ledger's state as one party signed it: it may show others another ledger",
			);
			if (view.termsMatch) io.out("  ✓ these terms are the ones that the ledger commits to");
		}
		return 0;
	});
}

export function noSuchConsent(): CliError {
	return new CliError("CLI_NOT_FOUND", "expected a consent of this person; `aceso consent list` shows them");
}
