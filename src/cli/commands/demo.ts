import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadDemoCast, openDemoNetwork } from "#node";
import type { Command, Io } from "../command.ts";
import { chapters } from "../demo/chapters.ts";
import type { Story } from "../demo/story.ts";

const usage = `Usage: aceso demo [--json] [--keep DIR]

Tells the whole story in a terminal, in under a minute: three institutions, encrypted records, signed consents, a drug trial, a specialist,
population research, a risk model, verification by the patient, revocation, emergency access, erasure, a restore drill, the audit. Every part
is real: keys, signatures, ledger, databases. The people are invented, and the keys are demonstration keys.

  --json       one JSON object a step, {"step", "title", "ms", "receipt"}: proofs and hashes that can be checked
  --keep DIR   work in DIR (new or empty) and leave everything there: network/, and in out/ an exported history with its pins for
               \`aceso verify\`. Without it a temporary folder is used and removed.`;

export const demo: Command = {
	name: "demo",
	summary: "tell the whole story in a terminal, in under a minute",
	usage,
	async run(args, io) {
		const { values } = parseArgs({ args: [...args], options: { json: { type: "boolean", default: false }, keep: { type: "string" } } });
		const home = values.keep === undefined ? mkdtempSync(join(tmpdir(), "aceso-demo-")) : resolve(values.keep);
		try {
			await tellStory(home, values.json, io);
		} finally {
			if (values.keep === undefined) rmSync(home, { recursive: true, force: true });
		}
		if (values.keep !== undefined && !values.json)
			io.out(`\nKept in ${values.keep}: try  aceso verify ${join(values.keep, "out", "maria-sandoval.history.json")}`);
		return 0;
	},
};

async function tellStory(home: string, json: boolean, io: Io): Promise<void> {
	const begun = performance.now();
	const out = join(home, "out");
	mkdirSync(out, { recursive: true });
	const { network } = await openDemoNetwork({
		folder: join(home, "network"),
		onProgress: (step) => io.progress(`opening ${step}`),
		onSeed: ({ step, done, total }) => io.progress(`${step} ${done} of ${total}`),
	});
	io.progress("");
	try {
		const story = prepare(network, out);
		for (const { step, title, tell } of chapters) {
			const from = performance.now();
			const { lines, receipt } = await tell(story);
			const ms = Math.round(performance.now() - from);
			if (json) io.out(JSON.stringify({ step, title, ms, receipt }));
			else io.out([`\n${title}`, ...lines.map((line) => `  ${line}`)].join("\n"));
		}
	} finally {
		await network.close();
	}
	const seconds = (performance.now() - begun) / 1000;
	if (!json) io.out(`\nDone in ${seconds.toFixed(1)} s. The keys were demonstration keys; the people do not exist.`);
}

function prepare(network: Story["network"], out: string): Story {
	const cast = loadDemoCast(network);
	const relationships = JSON.parse(readFileSync(join(network.folder, "demo", "relationships.json"), "utf8")) as Story["relationships"];
	const granted = JSON.parse(readFileSync(join(network.folder, "demo", "consents.json"), "utf8")) as {
		person: string;
		consentId: string;
		title: string;
	}[];
	return {
		network,
		cast,
		out,
		relationships,
		consentOf(person, title) {
			const found = granted.find((each) => each.person === person && title.test(each.title));
			if (found === undefined) throw new Error(`no such consent in the demonstration: ${person}`);
			return found;
		},
	};
}
