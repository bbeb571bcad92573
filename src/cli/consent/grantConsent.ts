import { parseCivilDay } from "#base";
import { dataClasses, endOfDayMs, levels, type Provision, purposes, sensitivityLabels } from "#contracts";
import type { Io } from "../command.ts";
import { type DemoDesk, openDemoDesk, patientOf } from "../demoDesk.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, listOf, oneOf, readWords, required, splitList } from "../options.ts";
import { parseGrantees } from "./parseGrantees.ts";
import { signConsent } from "./signConsent.ts";

const options = {
	...dataOption,
	...jsonOption,
	person: { type: "string" },
	member: { type: "string" },
	as: { type: "string" },
	to: { type: "string" },
	classes: { type: "string" },
	purpose: { type: "string" },
	level: { type: "string", default: "identified" },
	until: { type: "string" },
	labels: { type: "string" },
	conditions: { type: "string" },
	diseases: { type: "string" },
	models: { type: "string" },
	title: { type: "string" },
	language: { type: "string", default: "en" },
	yes: { type: "boolean", default: false },
} as const;

type Words = ReturnType<typeof readWords<typeof options>>["values"];

/** A consent from the words of a command line, signed as a wallet would. */
export async function grantConsent(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, options);
	const folder = folderOf(values);
	const personKey = required(values.person, "--person KEY");
	const member = required(values.member, "--member ID, the institution that holds the record");
	const validUntil = parseCivilDay(required(values.until, "--until YYYY-MM-DD"));
	const desk = openDemoDesk(folder);
	const patient = patientOf(desk, personKey, { ...values, member });
	const provision: Provision = { ...provisionOf(values, desk), endMs: endOfDayMs(validUntil) };
	const choice = { title: values.title ?? "Given on the command line.", provision, validUntil };
	return withNode({ folder, io }, (node) => signConsent({ node, desk, patient, io }, choice, values));
}

function provisionOf(words: Words, desk: DemoDesk): Provision {
	const { classes, labels, conditions, diseases, models } = words;
	return {
		type: "permit",
		actions: ["read"],
		grantees: parseGrantees(required(words.to, "--to WHO"), desk),
		purposes: listOf(required(words.purpose, "--purpose LIST"), purposes, "--purpose"),
		classes: classes === undefined ? dataClasses.filter((name) => name !== "other") : listOf(classes, dataClasses, "--classes"),
		level: oneOf(words.level, levels, "--level"),
		...(labels === undefined ? {} : { labels: listOf(labels, sensitivityLabels, "--labels") }),
		...(conditions === undefined ? {} : { conditions: splitList(conditions) }),
		...(diseases === undefined ? {} : { diseases: splitList(diseases) }),
		...(models === undefined ? {} : { models: splitList(models) }),
	};
}
