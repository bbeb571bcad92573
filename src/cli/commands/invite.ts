import { encodeQr, qrLines } from "#base";
import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, readWords, required } from "../options.ts";

const usage = `Usage: aceso invite --member ID --name NAME --credential KIND --until DAY --url ADDRESS [--department NAME] [--json] [--data DIR]

Invites somebody who works at an institution. On the page behind the address they make a key and lock it with a passkey or a passphrase; the
institution then gives that key the credential, on the ledger. The address works once, within a day: hand it over, or show its QR code. Patients are
invited at the desk, in the portal, by somebody who has looked at their proof of identity.

  --member ID         the institution (lindenhof, harbor, meridian)
  --name NAME         as colleagues know them; told on the page alone
  --credential KIND   practitioner, researcher, compliance-officer, model-operator
  --until DAY         last day of the credential, YYYY-MM-DD
  --url ADDRESS       where browsers reach the institution's node
  --department NAME   for rules about one department
  --json              the address alone, as JSON
  --data DIR          the data folder (default .aceso)

Example:
  aceso invite --member harbor --name "Dr. Ada Lind" --credential practitioner --until 2027-06-30 --url https://harbor.example`;

/** Dark on light whatever the terminal's own colours are: cameras look for it so. */
const darkOnLight = ["\u001b[38;5;16;48;5;231m", "\u001b[0m"] as const;

export const invite: Command = {
	name: "invite",
	summary: "invite somebody who works at an institution, with a QR code",
	usage,
	async run(args, io) {
		const text = { type: "string" } as const;
		const options = { ...dataOption, ...jsonOption, member: text, name: text, credential: text, until: text, url: text, department: text };
		const { values } = readWords(args, options);
		const member = required(values.member, "--member ID");
		const origin = originOf(required(values.url, "--url ADDRESS"));
		const body = {
			kind: "staff",
			name: required(values.name, "--name NAME"),
			credential: required(values.credential, "--credential KIND"),
			validUntil: required(values.until, "--until DAY"),
			...(values.department === undefined ? {} : { department: values.department }),
		};
		return withNode({ folder: folderOf(values), io }, async (node) => {
			const { path } = await node.post<{ readonly path: string }>(`/admin/members/${encodeURIComponent(member)}/staff-invitations`, body);
			const url = origin + path;
			if (values.json) io.out(JSON.stringify({ url }));
			else {
				for (const line of qrLines(encodeQr(url))) io.out(`${darkOnLight[0]}${line}${darkOnLight[1]}`);
				io.out(url);
				io.out("It works once, within a day.");
			}
			return 0;
		});
	},
};

function originOf(address: string): string {
	const url = URL.parse(address);
	if (url === null || !/^https?:$/.test(url.protocol)) throw new CliError("CLI_USAGE", "expected --url to be an address like https://harbor.example");
	return url.origin;
}
