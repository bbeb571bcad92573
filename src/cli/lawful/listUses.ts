import type { LawfulUseView } from "#gate";
import type { Io } from "../command.ts";
import { nameOf, openDemoDesk, patientOf, signFor } from "../demoDesk.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, readWords, required } from "../options.ts";

/** What the law required about a person, as the institution has to show them. */
export async function listUses(args: readonly string[], io: Io): Promise<number> {
	const options = { ...dataOption, ...jsonOption, person: { type: "string" }, member: { type: "string" }, as: { type: "string" } } as const;
	const { values } = readWords(args, options);
	const folder = folderOf(values);
	const desk = openDemoDesk(folder);
	const { person, custodian, key, signer } = patientOf(desk, required(values.person, "--person KEY"), values);
	return withNode({ folder, io }, async (node) => {
		const body = { kind: "lawful-uses", patient: { by: "pseudonym", pseudonym: key.publicKey } } as const;
		const request = signFor(desk, signer, { audience: custodian, body });
		const { uses } = await node.post<{ uses: readonly LawfulUseView[] }>(`/members/${custodian}/api/lawful-uses/list`, request);
		if (values.json) io.out(JSON.stringify({ person: person.key, member: custodian, uses }));
		else {
			io.out(`${nameOf(person)} at ${desk.memberName(custodian)}: ${uses.length === 0 ? "no use required by law" : ""}`.trimEnd());
			for (const use of uses) for (const line of describeUse(use, desk.memberName)) io.out(`  ${line}`);
		}
		return 0;
	});
}

function describeUse({ terms, recordedAtMs }: LawfulUseView, memberName: (member: string) => string): readonly string[] {
	const { useId, basis, citation, recipient, purpose, classes, labels, level, startMs, endMs } = terms;
	const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
	const who = `${memberName(recipient.member)}${recipient.key === undefined ? "" : `, the holder of key ${recipient.key.slice(0, 8)}… alone`}`;
	return [
		`${basis.replaceAll("-", " ")}: ${citation}`,
		`  use ${useId}, ${recordedAtMs === null ? "not on the ledger: nobody reads by it" : `on the ledger since ${day(recordedAtMs)}`}`,
		`  for ${who}, purpose ${purpose}, from ${day(startMs)} until ${day(endMs)}`,
		`  ${classes.join(", ")}, ${level}${labels.length === 0 ? ", without sensitive data" : `, sensitive data of ${labels.join(", ")} included`}`,
	];
}
