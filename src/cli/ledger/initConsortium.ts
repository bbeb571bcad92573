import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseMemberId, systemClock } from "#base";
import { implicitPolicies, memberRoles } from "#contracts";
import { genesisOf, isPeerAddress, type LedgerToMove, type MemberCard, makeCard, parseCard, planFrom, planText, readGenesis } from "#node";
import type { Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { dataOption, folderOf, listOf, oneOf, readWords, required } from "../options.ts";

const options = {
	...dataOption,
	member: { type: "string" },
	name: { type: "string" },
	roles: { type: "string", default: "hospital" },
	policy: { type: "string", default: "deny" },
	peer: { type: "string" },
	card: { type: "string", multiple: true, default: [] as string[] },
	chain: { type: "string" },
	from: { type: "string" },
} as const;

/** Makes a member's card, or out of all members' cards the plan that each of them joins by. */
export async function initConsortium(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, options);
	const cards = values.card as string[];
	const isCard = values.member !== undefined;
	if (isCard === cards.length > 0)
		throw new CliError("CLI_USAGE", "expected either --member, for a card, or --card FILE of each member, for the plan");
	if (isCard) io.out(JSON.stringify(cardOf(values), null, "\t"));
	else io.out(planText(await makePlan(cards.map(readCard), values)).trimEnd());
	return 0;
}

type Values = ReturnType<typeof readWords<typeof options>>["values"];

function cardOf(values: Values): MemberCard {
	const id = parseMemberId(required(values.member, "--member ID"));
	const peer = required(values.peer, "--peer HOST:PORT");
	if (!isPeerAddress(peer)) throw new CliError("CLI_USAGE", "expected --peer HOST:PORT, where the others reach this member");
	return makeCard(folderOf(values), {
		...{ id, name: values.name ?? id, peer },
		roles: listOf(values.roles, memberRoles, "--roles"),
		implicitPolicy: oneOf(values.policy, implicitPolicies, "--policy"),
	});
}

function readCard(path: string): MemberCard {
	if (!existsSync(path)) throw new CliError("CLI_NOT_FOUND", "expected a file of a member's card");
	return parseCard(readFileSync(path, "utf8"));
}

async function makePlan(cards: readonly MemberCard[], { chain, from }: Values): ReturnType<typeof planFrom> {
	if ((chain === undefined) === (from === undefined)) {
		throw new CliError("CLI_USAGE", "expected --chain NAME for a new ledger, or --from DIR for one that goes on");
	}
	const nowMs = systemClock();
	const folder = mkdtempSync(join(tmpdir(), "aceso-plan-"));
	try {
		const ledger = from === undefined ? genesisOf(cards, chain as string, Math.floor(nowMs / 1_000) * 1_000) : ledgerOf(from);
		return await planFrom(ledger, cards, { scratch: join(folder, "ledger.db"), nowMs });
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The ledger of a folder whose node has stopped. */
export function ledgerOf(data: string): LedgerToMove {
	const folder = resolve(data);
	const genesis = readGenesis(folder);
	const path = join(folder, "ledger", "ledger.db");
	if (existsSync(`${path}-wal`)) throw new CliError("CLI_USAGE", "expected a ledger that was closed: stop its node (Ctrl-C) first");
	return { genesis, path, signedBy: genesis.sealer };
}
