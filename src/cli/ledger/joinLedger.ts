import { existsSync, readFileSync } from "node:fs";
import { isHex, parseMemberId } from "#base";
import type { TrustedStart } from "#ledger";
import { isPeerAddress, joinConsortium, parsePlan } from "#node";
import type { Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { dataOption, folderOf, readWords, required, splitList } from "../options.ts";
import { ledgerOf } from "./initConsortium.ts";

const options = {
	...dataOption,
	plan: { type: "string" },
	member: { type: "string" },
	listen: { type: "string", default: "0.0.0.0:26656" },
	rpc: { type: "string", default: "127.0.0.1:26657" },
	from: { type: "string" },
	trust: { type: "string" },
	servers: { type: "string" },
} as const;

/** Makes this folder a member's place in a consortium, by the plan that all members hold. */
export async function joinLedger(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, options);
	const path = required(values.plan, "--plan FILE");
	if (!existsSync(path)) throw new CliError("CLI_NOT_FOUND", "expected a file of the consortium's plan");
	const plan = parsePlan(readFileSync(path, "utf8"));
	const member = parseMemberId(required(values.member, "--member ID"));
	for (const [option, address] of [
		["--listen", values.listen],
		["--rpc", values.rpc],
	] as const) {
		if (!isPeerAddress(address)) throw new CliError("CLI_USAGE", `expected ${option} HOST:PORT`);
	}
	const [trustedStart, from] = [trustedStartOf(values), values.from];
	if (plan.start.height > 0 && from === undefined && trustedStart === undefined) {
		throw new CliError(
			"CLI_USAGE",
			"this ledger has a history: expected --from DIR with its files, or --trust HEIGHT:HASH and --servers to be handed its state",
		);
	}
	joinConsortium({
		...{ folder: folderOf(values), plan, place: { member, peerListen: values.listen, rpcListen: values.rpc } },
		...(from === undefined ? {} : { ledger: { ...ledgerOf(from), genesis: plan.genesis } }),
		...(trustedStart === undefined ? {} : { trustedStart }),
	});
	io.out(`${member} is ready to take part in ${plan.genesis.chain}, from height ${plan.start.height + 1} on`);
	io.out(`app hash at the start  ${plan.start.appHash}`);
	io.out("Compare it with the other members', over a way that none of them controls alone; then run `aceso node`.");
	return 0;
}

function trustedStartOf({
	trust,
	servers,
}: {
	readonly trust?: string | undefined;
	readonly servers?: string | undefined;
}): TrustedStart | undefined {
	if (trust === undefined && servers === undefined) return undefined;
	const [height = "", hash = ""] = (trust ?? "").split(":");
	const rpcUrls = splitList(servers ?? "");
	if (!/^[1-9]\d{0,14}$/.test(height) || !isHex(hash.toLowerCase(), 32) || rpcUrls.length < 2) {
		throw new CliError("CLI_USAGE", "expected --trust HEIGHT:HASH and --servers URL,URL, two members' RPC at least");
	}
	return { rpcUrls, height: Number(height), headerHash: hash.toUpperCase() };
}
