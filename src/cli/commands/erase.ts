import { dataClasses } from "#contracts";
import type { ErasureReceipt } from "#gate";
import type { HeldPatient } from "#node";
import type { Command, Io } from "../command.ts";
import { confirmWord } from "../confirm.ts";
import { type DemoDesk, type DemoPatient, nameOf, openDemoDesk, patientOf, signFor } from "../demoDesk.ts";
import { CliError } from "../errors.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, listOf, readWords, required } from "../options.ts";

const usage = `Usage: aceso erase --person KEY [--member ID] [--classes LIST] [--as KEY] [--yes] [--json] [--data DIR]

Erases a person's record at one institution, or some classes of it, by destroying the keys. Signed by the person's wallet (or a delegate's);
there is no way back. The receipt says since when the record is unreadable here and from when in backups; for a whole record it stands on the
ledger too.

  --person KEY    whose record (\`aceso consent people\` lists the keys)
  --member ID     at which institution; needed where several hold a record
  --classes LIST  only these classes (default: everything)
  --as KEY        signed by this delegate or guardian
  --yes           do not ask for the person's key as confirmation
  --json          the receipt

A legal hold refuses it (exit code 65) and is shown.

Example:
  aceso erase --person walter-lehmann --classes social`;

export const erase: Command = {
	name: "erase",
	summary: "erase a record by destroying its keys",
	usage,
	async run(args, io) {
		const options = {
			...dataOption,
			...jsonOption,
			person: { type: "string" },
			member: { type: "string" },
			classes: { type: "string" },
			as: { type: "string" },
			yes: { type: "boolean", default: false },
		} as const;
		const { values } = readWords(args, options);
		const folder = folderOf(values);
		const personKey = required(values.person, "--person KEY");
		const compartments = values.classes === undefined ? "all" : listOf(values.classes, dataClasses, "--classes");
		const desk = openDemoDesk(folder);
		const patient = patientOf(desk, personKey, values);
		const { custodian, key, signer, person } = patient;
		if (values.member === undefined && person.records.length > 1) {
			const members = person.records.map(({ institution }) => institution).join(", ");
			throw new CliError("CLI_USAGE", `expected --member: ${members} each hold a record of their own`);
		}
		return withNode({ folder, io }, async (node) => {
			const { holds } = await node.get<HeldPatient>(`/admin/members/${custodian}/patients/${key.publicKey}`);
			announce({ desk, patient, compartments, holds }, io);
			if (!values.yes && holds.length === 0) await confirmWord(io, personKey);
			const body = { kind: "erase", patient: { by: "pseudonym", pseudonym: key.publicKey }, compartments } as const;
			const receipt = await node.post<ErasureReceipt>(`/members/${custodian}/api/erasures`, signFor(desk, signer, { audience: custodian, body }));
			if (values.json) io.out(JSON.stringify(receipt));
			else for (const line of describeReceipt(receipt)) io.out(line);
			return 0;
		});
	},
};

interface Announcement {
	readonly desk: DemoDesk;
	readonly patient: DemoPatient;
	readonly compartments: "all" | readonly string[];
	readonly holds: HeldPatient["holds"];
}

/** What will and what will not happen, before anybody agrees to it. */
function announce({ desk, patient, compartments, holds }: Announcement, io: Io): void {
	const { person, custodian } = patient;
	const what = compartments === "all" ? "the whole record" : compartments.join(", ");
	io.note(`Erasing ${what} of ${nameOf(person)} at ${desk.memberName(custodian)}:`);
	io.note("  · the keys are destroyed at once; what was stored with them can never be read again, nor brought back");
	io.note("  · backups made before become unreadable when their keys expire, 30 days at most; the receipt names the day");
	if (compartments === "all")
		io.note("  · who looked stays on record for the legal retention of ten years, under a key of its own; the patient can still ask for it");
	io.note("  · other institutions keep their own records, and what was released before stays where it went");
	for (const { basis, untilMs } of holds) io.note(`  ✗ legal hold until ${day(untilMs)}: ${basis}`);
}

function describeReceipt(receipt: ErasureReceipt): readonly string[] {
	const { unreadableSinceMs, unreadableInBackupsFromMs, auditKeyHeldUntilMs, transaction } = receipt;
	return [
		`✓ erased: unreadable here since ${new Date(unreadableSinceMs).toISOString()}`,
		unreadableInBackupsFromMs === unreadableSinceMs
			? "  no backup holds the keys"
			: `  unreadable in backups from ${new Date(unreadableInBackupsFromMs).toISOString()}`,
		...(auditKeyHeldUntilMs === 0 ? [] : [`  access history kept until ${day(auditKeyHeldUntilMs)}`]),
		...(transaction === "" ? ["  part of a record: no receipt on the ledger"] : [`  receipt on the ledger: ${transaction}`]),
	];
}

function day(timeMs: number): string {
	return new Date(timeMs).toISOString().slice(0, 10);
}
