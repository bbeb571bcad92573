import { type CivilDay, parseCivilDay } from "#base";
import { endOfDayMs, type ImportNote, type Provision } from "#contracts";
import type { ConsentProposal } from "#node";
import type { Io } from "../command.ts";
import { type DemoDesk, openDemoDesk, patientOf } from "../demoDesk.ts";
import { CliError } from "../errors.ts";
import { readJsonFile } from "../files.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, readWords, required } from "../options.ts";
import { signConsent } from "./signConsent.ts";

const notes: Readonly<Record<ImportNote, string>> = {
	SENSITIVE_DATA_NOT_GRANTED: "it names no sensitive data, so none is included",
	REFUSAL_WIDENED: "a refusal of one sensitive matter refuses all of its kind",
	BREAK_GLASS_BY_POLICY: "a permission for emergencies is left to the institution's own rule",
	EXCEPTION_STAYS_INSIDE: "a permission inside another reaches no further than that one",
	NOT_PART_OF_TERMS: "narrative, attachments and unknown extensions are left out: they restrict nothing",
};

/** Reads a FHIR Consent, shows what it would say here and how strictly it was read, and has the person sign it: nobody else's key does. */
export async function importConsent(args: readonly string[], io: Io): Promise<number> {
	const options = {
		...dataOption,
		...jsonOption,
		person: { type: "string" },
		member: { type: "string" },
		as: { type: "string" },
		until: { type: "string" },
		title: { type: "string" },
		language: { type: "string", default: "en" },
		yes: { type: "boolean", default: false },
	} as const;
	const { values, positionals } = readWords(args, options, { min: 1, max: 1, what: "one file with a FHIR Consent" });
	const folder = folderOf(values);
	const member = required(values.member, "--member ID, the institution that holds the record");
	const desk = openDemoDesk(folder);
	const patient = patientOf(desk, required(values.person, "--person KEY"), { ...values, member });
	const resource = readJsonFile(positionals[0] as string);
	if (typeof resource !== "object" || resource === null) throw new CliError("CLI_INPUT_INVALID", "expected a FHIR Consent");
	return withNode({ folder, io }, async (node) => {
		const proposal = await node.post<ConsentProposal>(`/members/${patient.custodian}/api/consents/proposals`, resource);
		for (const note of proposal.notes) io.note(`read strictly: ${notes[note]}`);
		for (const uri of proposal.policies) io.note(`it builds on ${uri}, which is not evaluated here`);
		const validUntil = lastDay(proposal.provision, values.until, desk);
		const provision = { ...proposal.provision, endMs: Math.min(proposal.provision.endMs ?? Number.POSITIVE_INFINITY, endOfDayMs(validUntil)) };
		return signConsent({ node, desk, patient, io }, { title: values.title ?? "Imported from a FHIR Consent.", provision, validUntil }, values);
	});
}

/** The day named, or the day on which the resource itself ends. */
function lastDay({ endMs }: Provision, until: string | undefined, { now }: DemoDesk): CivilDay {
	if (until !== undefined) return parseCivilDay(until);
	if (endMs === undefined) throw new CliError("CLI_USAGE", "expected --until YYYY-MM-DD, since the resource has no end; --help tells more");
	if (endMs <= now()) throw new CliError("CLI_INPUT_INVALID", "expected a consent that has not ended");
	return parseCivilDay(new Date(endMs - 1).toISOString().slice(0, 10));
}
