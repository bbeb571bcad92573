import { parseCivilDay } from "#base";
import { dataClasses, endOfDayMs, legalBases, purposes, sensitivityLabels } from "#contracts";
import type { RecordedLawfulUse } from "#gate";
import type { Io } from "../command.ts";
import { type DemoDesk, nameOf, openDemoDesk, patientOf, signFor } from "../demoDesk.ts";
import { CliError } from "../errors.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, listOf, oneOf, readWords, required } from "../options.ts";

const options = {
	...dataOption,
	...jsonOption,
	staff: { type: "string" },
	person: { type: "string" },
	member: { type: "string" },
	basis: { type: "string" },
	citation: { type: "string" },
	recipient: { type: "string" },
	purpose: { type: "string" },
	classes: { type: "string" },
	labels: { type: "string", default: "" },
	level: { type: "string", default: "identified" },
	until: { type: "string" },
} as const;

/** What a compliance officer does; the gate judges whether they are one. */
export async function recordUse(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, options);
	const folder = folderOf(values);
	const desk = openDemoDesk(folder);
	const staff = desk.cast.staff(required(values.staff, "--staff KEY"));
	const { person, custodian, localId } = patientOf(desk, required(values.person, "--person KEY"), { member: values.member ?? staff.member });
	const use = useOf(values, desk);
	return withNode({ folder, io }, async (node) => {
		const body = { kind: "record-lawful-use", patient: { by: "local", localId }, use } as const;
		const request = signFor(desk, staff.signingKey, { audience: custodian, body });
		const { useId, transaction } = await node.post<RecordedLawfulUse>(`/members/${custodian}/api/lawful-uses`, request);
		if (values.json) io.out(JSON.stringify({ useId, transaction }));
		else {
			io.out(`✓ recorded: ${nameOf(person)} is told of use ${useId}`);
			io.out(`The recipient reads with:  aceso read --staff KEY --person ${values.person} --member ${custodian} --lawful-use ${useId} …`);
		}
		return 0;
	});
}

function useOf(values: ReturnType<typeof readWords<typeof options>>["values"], desk: DemoDesk) {
	return {
		basis: oneOf(required(values.basis, "--basis BASIS"), legalBases, "--basis"),
		citation: required(values.citation, "--citation TEXT"),
		recipient: recipientOf(required(values.recipient, "--recipient WHO"), desk),
		purpose: oneOf(required(values.purpose, "--purpose CODE"), purposes, "--purpose"),
		classes: listOf(required(values.classes, "--classes LIST"), dataClasses, "--classes"),
		labels: listOf(values.labels, sensitivityLabels, "--labels"),
		level: oneOf(values.level, ["identified", "pseudonymised"], "--level"),
		startMs: desk.now(),
		endMs: endOfDayMs(parseCivilDay(required(values.until, "--until YYYY-MM-DD"))),
	};
}

/** `MEMBER`, or `MEMBER/KEY` for one of its people. */
function recipientOf(word: string, desk: DemoDesk) {
	const [member = "", person] = word.split("/");
	if (!desk.members.includes(member)) throw new CliError("CLI_USAGE", `expected --recipient to name one of ${desk.members.join(", ")}`);
	return person === undefined ? { member } : { member, key: desk.cast.staff(person).signingKey.publicKey };
}
