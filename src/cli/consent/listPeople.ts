import { type DemoPerson, demoStaff } from "#node";
import type { Io } from "../command.ts";
import { nameOf, openDemoDesk } from "../demoDesk.ts";
import { dataOption, folderOf, jsonOption, readWords } from "../options.ts";

/** Who there is to act as: people with records, and staff who ask for them. */
export async function listPeople(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, { ...dataOption, ...jsonOption });
	const { cast } = openDemoDesk(folderOf(values));
	const people = cast.people.map((person) => ({
		key: person.key,
		name: nameOf(person),
		members: person.records.map(({ institution }) => institution),
		story: person.story,
	}));
	const staff = demoStaff.map(({ key, name, member, does }) => ({ key, name, member, does }));
	if (values.json) {
		io.out(JSON.stringify({ people, staff }));
		return 0;
	}
	io.out("People");
	for (const { key, name, members, story } of people) io.out(`  ${key.padEnd(22)} ${name} at ${members.join(", ")}. ${story}`);
	io.out("Staff");
	for (const { key, name, member, does } of staff) io.out(`  ${key.padEnd(22)} ${name}, ${does} at ${member}`);
	const guardians = cast.people.flatMap((person) => actsFor(person));
	if (guardians.length > 0) io.out(["Acting for others", ...guardians.map((line) => `  ${line}`)].join("\n"));
	return 0;
}

function actsFor({ key, flags }: DemoPerson): readonly string[] {
	const children = (flags.guardianOf ?? []).map((child) => `${key} is guardian of ${child}`);
	return [...children, ...(flags.delegateOf ?? []).map((patient) => `${key} is delegate of ${patient}`)];
}
