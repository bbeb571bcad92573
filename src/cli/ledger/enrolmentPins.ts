import { join } from "node:path";
import { type MemberId, parsePublicKey } from "#base";
import { readValidators, type Validator } from "#contracts";
import { CometRpc, headerTimeMs, inspectLedger, type LightBlock, verifyCommit } from "#ledger";
import { readPlace, readPlan } from "#node";
import type { Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { dataOption, folderOf, readWords, required } from "../options.ts";
import { type Pins, parsePins } from "../pins.ts";

/** Prints what a patient's wallet is given at enrolment: the validators of now, which `aceso verify --pin` starts from. */
export async function printPins(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, { ...dataOption, pseudonym: { type: "string" } } as const);
	const pseudonym = parsePublicKey(required(values.pseudonym, "--pseudonym HEX"));
	const folder = folderOf(values);
	const [{ genesis }, { member, rpcListen }] = [readPlan(folder), readPlace(folder)];
	const rpc = new CometRpc(`http://${rpcListen}`);
	const block = await rpc.lightBlock((await rpc.status()).height);
	const pins = enrolmentPins(block, { chain: genesis.chain, validators: ownValidators(folder), pseudonym, member });
	io.out(JSON.stringify(pins, null, "\t"));
	return 0;
}

interface Own {
	readonly chain: string;
	/** Whom this member's own replica names, by running the rules itself. */
	readonly validators: readonly Pick<Validator, "key" | "power">[];
	readonly pseudonym: string;
	readonly member: MemberId;
}

/**
 * The validators of a decided block, as of its day, where they are those of this member's own replica: CometBFT's word alone is not handed to a patient.
 *
 * @throws CliError `CLI_NOT_VERIFIED`; LedgerError, the codes of `verifyCommit`.
 */
export function enrolmentPins(block: LightBlock, { chain, validators, pseudonym, member }: Own): Pins {
	const decided = verifyCommit(block, chain);
	const spell = (set: readonly { readonly key: string; readonly power: number | string }[]) => set.map(({ key, power }) => `${key} ${power}`).sort();
	if (spell(decided.validators).join() !== spell(validators).join()) {
		throw new CliError(
			"CLI_NOT_VERIFIED",
			"expected the validators of this member's own replica, found others; after a vote try again in a few blocks",
		);
	}
	return parsePins({
		chain,
		consortium: { pin: { validatorsHash: block.header.validatorsHash, pinnedAtMs: headerTimeMs(block) } },
		pseudonym,
		member,
	});
}

function ownValidators(folder: string): Own["validators"] {
	const inspection = inspectLedger(join(folder, "ledger", "ledger.db"));
	try {
		const state = new Map([...inspection.state("membership")].map(({ key, value }) => [key, value]));
		return readValidators({ get: (_: string, key: string) => state.get(key) });
	} finally {
		inspection.close();
	}
}
