import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CodedError } from "#base";
import { askCometVersion, findComet } from "#ledger";
import { MemberProcess } from "./memberProcess.ts";
import { membersMax, prepareMembers } from "./plan.ts";
import { describeScreen, look } from "./screen.ts";

const usage = `Usage: npm run consortium [-- --data DIR] [--members N] [--port N] [--comet-port N]

Runs some members' nodes on this machine, each with its own CometBFT, replica, institution and HTTP, started again when one ends. Ctrl-C ends all.

  --data DIR      a folder of them all (default .aceso-consortium)
  --members N     1 to ${membersMax} (default 4: one may fail, and the others go on)
  --port N        HTTP of the first member, the others follow (default 7400)
  --comet-port N  CometBFT's ports, two a member (default 26656)`;

const every = 1_000;

async function run(): Promise<number> {
	const options = {
		data: { type: "string", default: ".aceso-consortium" },
		members: { type: "string", default: "4" },
		port: { type: "string", default: "7400" },
		"comet-port": { type: "string", default: "26656" },
		help: { type: "boolean", default: false },
	} as const;
	const { values } = parseArgs({ options });
	const [members, port, cometPort] = [values.members, values.port, values["comet-port"]].map(Number) as [number, number, number];
	const isUsable =
		members >= 1 && members <= membersMax && [port, cometPort].every((each) => Number.isInteger(each) && each > 1_023 && each < 65_000);
	if (values.help || !isUsable) {
		process.stdout.write(`${usage}\n`);
		return values.help ? 0 : 64;
	}
	const program = findComet();
	const version = await askCometVersion(program);
	const data = resolve(values.data);
	const local = await prepareMembers({ data, members, port, cometPort });
	mkdirSync(join(data, "logs"), { recursive: true, mode: 0o700 });
	const processes = local.map((member, i) => new MemberProcess(member, port + i, join(data, "logs", `${member.id}.log`)));
	process.stdout.write(`CometBFT ${version} (${program}), ${members} members in ${data}\n`);
	for (const each of processes) each.start();
	writeFileSync(join(data, "pids"), `${processes.map(({ pid }) => pid).join("\n")}\n`);
	await watch(processes, data);
	process.stdout.write("\nstopping all; again to force\n");
	process.once("SIGINT", () => {
		for (const each of processes) each.kill();
	});
	await Promise.all(processes.map((each) => each.stop()));
	process.stdout.write("stopped\n");
	return 0;
}

/** Shows how they stand until somebody asks to stop: one screen for a person, lines where it changes for a log. */
async function watch(processes: readonly MemberProcess[], data: string): Promise<void> {
	let stopped = false;
	const asked = new Promise<void>((resolveAsked) => {
		for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => resolveAsked());
	}).then(() => {
		stopped = true;
	});
	const isPerson = process.stdout.isTTY === true;
	let shown: readonly string[] = [];
	while (!stopped) {
		const seen = await Promise.all(processes.map(look));
		const lines = describeScreen(seen, data);
		if (isPerson) {
			const up = shown.length === 0 ? "" : `\x1b[${shown.length}A`;
			process.stdout.write(`${up}${lines.map((line) => `\x1b[2K${line}`).join("\n")}\n`);
			shown = lines;
		} else {
			const standing = seen.map(({ running, ready, height }) => `${running}${ready}${height === undefined}`).join();
			if (shown[0] !== standing) process.stdout.write(`${lines.slice(0, -1).join("\n")}\n`);
			shown = [standing];
		}
		await Promise.race([asked, new Promise((resolveTurn) => setTimeout(resolveTurn, every))]);
	}
}

try {
	process.exitCode = await run();
} catch (error) {
	if (!(error instanceof CodedError)) throw error;
	process.stderr.write(`${error.message}\n`);
	process.exitCode = 69;
}
