import type { MemberId } from "#base";
import { credentialKinds, type Grantee } from "#contracts";
import type { DemoDesk } from "../demoDesk.ts";
import { CliError } from "../errors.ts";
import { oneOf, splitList } from "../options.ts";

/** Reads who is meant: `MEMBER`, `MEMBER:CREDENTIAL`, `MEMBER/DEPARTMENT`, `credential:KIND`, `study:ID`, `staff:KEY`, separated by commas. */
export function parseGrantees(text: string, desk: DemoDesk): readonly Grantee[] {
	const grantees = splitList(text).map((word) => parseGrantee(word, desk));
	if (grantees.length === 0) throw new CliError("CLI_USAGE", "expected --to to name somebody; --help tells more");
	return grantees;
}

function parseGrantee(word: string, desk: DemoDesk): Grantee {
	const colon = word.indexOf(":");
	const head = colon < 0 ? word : word.slice(0, colon);
	const rest = colon < 0 ? "" : word.slice(colon + 1);
	if (head === "credential") return { kind: "credential", credential: oneOf(rest, credentialKinds, "--to credential:KIND") };
	if (head === "study" && rest !== "") return { kind: "study", study: rest };
	if (head === "staff") return { kind: "actor", key: desk.cast.staff(rest).signingKey.publicKey };
	const [house = "", department] = word.split("/");
	if (department !== undefined && desk.members.includes(house)) return { kind: "department", member: house as MemberId, department };
	if (!desk.members.includes(head))
		throw new CliError("CLI_USAGE", `expected --to to name one of ${desk.members.join(", ")}, or credential:, study: or staff:`);
	const credential = rest === "" ? "practitioner" : oneOf(rest, credentialKinds, "--to MEMBER:CREDENTIAL");
	return { kind: "member", member: head as MemberId, credential };
}
