import { type HistoryExport, listEntries, readLogRecord } from "#wallet";
import type { Command } from "../command.ts";
import { nameOf, openDemoDesk, patientOf, signFor } from "../demoDesk.ts";
import { writePrivateFile } from "../files.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, readWords, required } from "../options.ts";
import { type Pins, pinFileOf } from "../pins.ts";

const usage = `Usage: aceso history --person KEY [--member ID] [--as KEY] [--out FILE] [--data DIR]

A person of the demonstration asks an institution who looked at their record. Their wallet signs the request; the answer is written to a
file together with what the wallet pinned at enrolment, so that \`aceso verify\` can check it anywhere, offline. Asking is an access itself:
it is the history's last entry.

  --person KEY  whose history (\`aceso consent people\` lists them)
  --member ID   at which institution (default: the person's main one)
  --as KEY      signed by this delegate or guardian instead
  --out FILE    where to write (default KEY.history.json); the pins go beside it, with .pins.json
  --data DIR    the data folder (default .aceso)

Example:
  aceso history --person james-okafor --member harbor --out james.history.json
  aceso verify james.history.json`;

export const history: Command = {
	name: "history",
	summary: "fetch a person's access history with its proofs",
	usage,
	async run(args, io) {
		const options = {
			...dataOption,
			person: { type: "string" },
			member: { type: "string" },
			as: { type: "string" },
			out: { type: "string" },
		} as const;
		const { values } = readWords(args, options);
		const personKey = required(values.person, "--person KEY");
		const folder = folderOf(values);
		const desk = openDemoDesk(folder);
		const { person, custodian, key, signer } = patientOf(desk, personKey, values);
		const out = values.out ?? `${personKey}.history.json`;
		const pinFile = pinFileOf(out);
		const exported = await withNode({ folder, io }, async (node) => {
			const body = { kind: "history", patient: { by: "pseudonym", pseudonym: key.publicKey } } as const;
			return node.post<HistoryExport>(`/members/${custodian}/api/history`, signFor(desk, signer, { audience: custodian, body }));
		});
		const pins: Pins = { chain: desk.chain, ledgerKey: desk.trust.sealerKey, pseudonym: key.publicKey, member: custodian, witnesses: desk.witnesses };
		writePrivateFile(out, JSON.stringify(exported));
		writePrivateFile(pinFile, `${JSON.stringify(pins, null, "\t")}\n`);
		const entries = listEntries(exported);
		const together = entries.filter(({ cohort }) => cohort !== undefined).length;
		const ofMany = together === 0 ? "" : `, ${together} of them of questions over many patients`;
		io.out(`${nameOf(person)} at ${desk.memberName(custodian)}: ${entries.length} entries${ofMany}`);
		for (const note of lossesOf(exported)) io.out(note);
		io.out(`history  ${out}`);
		io.out(`pins     ${pinFile}`);
		io.out(`Check it:  aceso verify ${out}`);
		return 0;
	},
};

/** What the custodian declared lost on the ledger; `aceso verify` holds it against the ledger's proofs. */
function lossesOf({ logs }: HistoryExport): readonly string[] {
	return logs.flatMap(({ log, record }) => {
		const lost = readLogRecord(record.value)?.sizeLost ?? 0;
		return lost === 0 ? [] : [`Lost: the custodian declared ${lost} entries of the log ${log} lost; yours among them cannot be shown`];
	});
}
