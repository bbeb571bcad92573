import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CodedError, secondMs, systemClock } from "#base";
import { genesisState, rules } from "#contracts";
import { catchUp, comparePeers, createHttpTileSource, openWitness, parseServiceUrl, serveWitness, type Witness, type WitnessProgress } from "#ledger";
import type { Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { listenForStop } from "../listenForStop.ts";
import { folderOf, numberOf, readWords, required } from "../options.ts";
import { findWitness, readGenesisFile } from "./genesisFile.ts";
import { readWitnessKey, witnessDataOption, witnessFile } from "./witnessFolder.ts";

const compareEveryMs = 10_000;
/** Rest after a download that came to nothing. */
const restMs = secondMs;

const steps: Readonly<Record<WitnessProgress["step"], string>> = {
	replaying: "running its own copy again",
	fetching: "fetching entries",
	running: "running the rules over them",
};

export async function runWitness(args: readonly string[], io: Io): Promise<number> {
	const settings = readSettings(args);
	const { genesis, key, sealer, peers, folder, host, port } = settings;
	const { name } = findWitness(genesis, key.publicKey);
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const source = createHttpTileSource({ url: sealer });
	const stop = listenForStop(() => io.note("stopping: what is under way is finished or begun again at the next start (again to force)"));
	const onProgress = ({ step, done, total }: WitnessProgress) => io.progress(`${steps[step]}: ${done} of ${total} leaves`);
	const witness = await openWitness({
		genesis,
		rules,
		genesisState,
		path: witnessFile(folder),
		name,
		key,
		source,
		now: systemClock,
		restMs,
		onProgress,
	});
	let timer: NodeJS.Timeout | undefined;
	try {
		const serving = await serveWitness({ witness, chain: genesis.chain, host, port });
		io.progress("");
		for (const line of greet(witness, serving.url, settings)) io.out(line);
		const closed = stop.requested.then(async () => {
			clearTimeout(timer);
			await Promise.all([serving.close(), witness.close()]);
		});
		await tellCatchUp(witness, source, io);
		const compare = async () => {
			for (const { peer, outcome } of await comparePeers({ witness, chain: genesis.chain, peers })) if (outcome === "split") accuse(peer, io);
			if (!stop.signal.aborted) timer = setTimeout(() => void compare(), compareEveryMs);
		};
		if (peers.length > 0) void compare();
		io.out("ready; Ctrl-C stops");
		await closed;
		io.note("stopped");
		return 0;
	} finally {
		clearTimeout(timer);
		await witness.close();
		stop.forget();
	}
}

type Settings = ReturnType<typeof readSettings>;

function readSettings(args: readonly string[]) {
	const options = {
		...witnessDataOption,
		genesis: { type: "string" },
		sealer: { type: "string" },
		peer: { type: "string", multiple: true, default: [] as string[] },
		listen: { type: "string", default: "127.0.0.1:7500" },
		key: { type: "string" },
	} as const;
	const { values } = readWords(args, options);
	const folder = folderOf(values);
	const genesis = readGenesisFile(required(values.genesis, "--genesis FILE"));
	const sealer = parseServiceUrl(required(values.sealer, "--sealer URL"));
	return {
		folder,
		genesis,
		sealer,
		peers: (values.peer as string[]).map(parseServiceUrl),
		key: readWitnessKey(values.key ?? join(folder, "witness.key")),
		...readAddress(values.listen),
	};
}

/** `127.0.0.1:7500`, `[::1]:7500`. */
function readAddress(text: string): { readonly host: string; readonly port: number } {
	const [, v6, host = v6, port] = /^(?:\[([0-9a-f:]+)\]|([^:\s]+)):(\d+)$/i.exec(text) ?? [];
	if (host === undefined || port === undefined) throw new CliError("CLI_USAGE", "expected --listen ADDRESS:PORT, as 127.0.0.1:7500");
	return { host, port: numberOf(port, { min: 0, max: 65_535, option: "the port of --listen" }) };
}

function greet(witness: Witness, url: string, { genesis, sealer, peers, folder }: Settings): readonly string[] {
	return [
		`witness  ${witness.name}`,
		`key      ${witness.publicKey}`,
		`ledger   ${genesis.chain}, sealed by ${genesis.sealer}, shown at ${sealer}`,
		`holds    ${witness.size} leaves, in ${folder}`,
		`reached  at ${url}${peers.length === 0 ? "" : `; compares with ${peers.join(", ")}`}`,
		...witness.evidence().map(({ code }) => `✗ holds evidence against the sealer (${code}) and cosigns nothing; \`/status\` shows it`),
	];
}

/** A sealer that cannot be reached yet will ask by itself; what it shows and cannot prove is for a person to know. */
async function tellCatchUp(witness: Witness, source: Parameters<typeof catchUp>[1], io: Io): Promise<void> {
	try {
		const caught = await catchUp(witness, source);
		io.progress("");
		if (caught.status === "unreachable") io.note("the sealer is not reached now; the witness waits to be asked");
		else if (caught.status === "behind") io.note("✗ the sealer shows less than this witness holds: an older file, put back?");
		else if ("body" in caught && caught.status !== 200) io.note(`✗ not cosigned: ${caught.body.trim()} (${caught.status})`);
		else io.out(`✓ cosigned ${witness.size} leaves`);
	} catch (error) {
		io.progress("");
		if (!(error instanceof CodedError)) throw error;
		if (error.code !== "LEDGER_CLOSED") io.note(`✗ what the sealer shows does not lead to its checkpoint: ${error.code}`);
	}
}

function accuse(peer: string, io: Io): void {
	io.note(`✗ split view: ${peer} holds another history under the sealer's own signature. The evidence is kept, nothing more is cosigned.`);
}
