import type { SigningKey } from "#base";
import { dataClasses, levels, purposes } from "#contracts";
import type { ReadBody, Release } from "#gate";
import type { Command, Io } from "../command.ts";
import { custodianFor, referTo } from "../custodianFor.ts";
import { type DemoDesk, type DemoPatient, nameOf, openDemoDesk, relationshipOf, signFor } from "../demoDesk.ts";
import type { NodeClient } from "../nodeClient.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, listOf, numberOf, oneOf, readWords, required } from "../options.ts";
import { openStaffSession } from "../staffSession.ts";
import { summariseResource } from "../summariseResource.ts";

const usage = `Usage: aceso read --staff KEY --person KEYS --classes LIST [--purpose CODE] [--level LEVEL] [--member ID] [more below]

What a member of staff of the demonstration gets to see of a person's record: through the gate, by the consents that stand, written into the
access log before anything is opened. What was not granted is said to be not available, the same whether data exist or not.

  --staff KEY         who asks (\`aceso consent people\` lists them)
  --person KEYS       about whom; of several, separated by commas, those at the staff's own house are read in one session, by one signature
  --classes LIST      conditions,medications,laboratory,…
  --purpose CODE      TREAT (default), ETREAT, HRESCH, …
  --level LEVEL       identified (default) or pseudonymised; counts, cohorts and models have doors of their own
  --member ID         the institution that holds the record (default: where they work, else the person's main one)
  --record TYPE/ID    one record only
  --emergency REASON  break-glass: at least 10 characters; the patient is told, and a review is opened
  --lawful-use ID     a use that the law requires, as \`aceso lawful\` recorded it
  --limit N           lines of the table at most (default 40)
  --json              the whole answer, a line for each person
  --data DIR          the data folder (default .aceso)

Exit code 0 also where nothing is available to the one who asks: that is an answer.

Examples:
  aceso read --staff dr-marsh --person james-okafor --classes conditions,vitals
  aceso read --staff dr-night --person james-okafor --classes allergies --purpose ETREAT --emergency "unconscious in the ambulance"`;

export const read: Command = {
	name: "read",
	summary: "read a record as a member of staff would, through the gate",
	usage,
	async run(args, io) {
		const options = {
			...dataOption,
			...jsonOption,
			staff: { type: "string" },
			person: { type: "string" },
			classes: { type: "string" },
			purpose: { type: "string", default: "TREAT" },
			level: { type: "string", default: "identified" },
			member: { type: "string" },
			record: { type: "string" },
			emergency: { type: "string" },
			"lawful-use": { type: "string" },
			limit: { type: "string", default: "40" },
		} as const;
		const { values } = readWords(args, options);
		const folder = folderOf(values);
		const staffKey = required(values.staff, "--staff KEY");
		const personKeys = required(values.person, "--person KEYS").split(",");
		const asked = {
			classes: listOf(required(values.classes, "--classes LIST"), dataClasses, "--classes"),
			purpose: oneOf(values.purpose, purposes, "--purpose"),
			level: oneOf(values.level, levels, "--level"),
			...(values.record === undefined ? {} : { record: values.record }),
			...(values["lawful-use"] === undefined ? {} : { lawfulUse: values["lawful-use"] }),
			...(values.emergency === undefined ? {} : { emergencyReason: values.emergency }),
		};
		const limit = numberOf(values.limit, { min: 1, max: 100_000, option: "--limit" });
		const desk = openDemoDesk(folder);
		const staff = desk.cast.staff(staffKey);
		const patients = personKeys.map((personKey) => custodianFor(desk, personKey, staff.member, values.member));
		await withNode({ folder, io }, async (node) => {
			const own = patients.filter(({ custodian }) => custodian === staff.member);
			const session = own.length > 1 ? await openStaffSession(node, desk, staff) : undefined;
			for (const patient of patients) {
				const relationship = relationshipOf(desk, staffKey, patient.person.key, patient.key.publicKey);
				const body: ReadBody = {
					kind: "read",
					patient:
						values["lawful-use"] === undefined ? await referTo(node, desk, patient, staff.member) : { by: "lawful-use", useId: values["lawful-use"] },
					...asked,
					...(relationship === undefined ? {} : { relationship }),
				};
				const inSession = session !== undefined && patient.custodian === staff.member;
				const release = await (inSession ? session.post<Release>("/records", body) : postSigned(node, desk, { staff, patient, body }));
				const title = `${staff.name} asks about ${nameOf(patient.person)} at ${desk.memberName(patient.custodian)}`;
				if (values.json) io.out(JSON.stringify(release));
				else tell(release, { title, limit }, io);
			}
			await session?.close();
		});
		return 0;
	},
};

interface SignedReading {
	readonly staff: { readonly signingKey: SigningKey; readonly member: string };
	readonly patient: DemoPatient;
	readonly body: ReadBody;
}

async function postSigned(node: NodeClient, desk: DemoDesk, { staff, patient, body }: SignedReading): Promise<Release> {
	const request = signFor(desk, staff.signingKey, { audience: patient.custodian, via: staff.member as DemoPatient["custodian"], body });
	// Another member's gate takes it only inside the signature of the member they work for.
	const sent = staff.member === patient.custodian ? request : await node.post<object>("/admin/forwards", request);
	return node.post<Release>(`/members/${patient.custodian}/api/records`, sent);
}

function tell(release: Release, { title, limit }: { readonly title: string; readonly limit: number }, io: Io): void {
	io.out(title);
	const { resources } = release;
	for (const { class: name, status, levels: at, restricted } of release.classes) {
		const count = resources.filter((each) => each.class === name).length;
		const part = restricted === true ? ", some records only: what is missing here is not known to be absent" : "";
		io.out(
			`  ${name}: ${status === "released" ? `released, ${at.join(" or ")}, ${count} record${count === 1 ? "" : "s"}${part}` : "not available to you"}`,
		);
	}
	if (resources.length > 0) io.out("");
	for (const { class: name, resource } of resources.slice(0, limit)) io.out(`  ${name.padEnd(14)} ${summariseResource(resource)}`);
	if (resources.length > limit) io.out(`  and ${resources.length - limit} more (--limit, --json)`);
	io.out("");
	io.out(release.notice);
	for (const obligation of release.obligations) io.out(`Obligation: ${obligation.replaceAll("-", " ")}.`);
	io.out(`Entry ${release.access.leafIndex} of access log ${release.access.log}; decided at height ${release.decidedAtHeight}.`);
}
