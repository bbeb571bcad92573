import { CodedError, signatureLibrary } from "#base";
import { emergencyReserveBytes } from "#gate";
import { parseServiceUrl } from "#ledger";
import { assertServable, hasPlan, type Network, openConsortiumNode, openDemoNetwork, type Portal, type Serving, serve, votePortal } from "#node";
import type { Command, Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { describeError } from "../explainError.ts";
import { listenForStop } from "../listenForStop.ts";
import { dataOption, folderOf, numberOf, readWords } from "../options.ts";
import { preparePortal } from "../portal/preparePortal.ts";

const usage = `Usage: aceso node [--data DIR] [--port N] [--host ADDRESS] [--keyring PLACE] [--witness MEMBER=URL]...
                  [--public-url MEMBER=URL]... [--vote-portal]

Runs the demonstration's network: three institutions, a keyring and a store each, on one embedded ledger, all in this process. The first
start makes the institutions, their keys and invented people in the data folder; a later start finds everything as it was. It serves until
Ctrl-C (or SIGTERM), then finishes what is under way and closes; a second Ctrl-C ends it at once, which loses nothing that was acknowledged.

  --data DIR      where the data lie (default .aceso)
  --port N        port of the first institution, the others follow (default 7400; 0 lets the system choose)
  --host ADDRESS  address to listen on (default 127.0.0.1, this machine alone)
  --keyring PLACE in-process (default: this is a demonstration) or process: each keyring in a process of its own behind a unix socket,
                  which a fault of this one cannot read the keys of
  --witness MEMBER=URL  the witness of this member runs by itself and is reached there (\`aceso witness run\`); may be given again. The other
                  members' witnesses run in this process
  --public-url MEMBER=URL  where browsers and applications reach this institution, behind a proxy that ends TLS: https://hospital.example; may
                  be given again. Without it, sign-in works on this machine alone
  --vote-portal   in a consortium: this member votes for the portal built from these sources (\`aceso portal\` prints its hash). The
                  demonstration's members always do

A folder that \`aceso ledger join\` made runs that member of a consortium instead: its institution, its replica of the ledger, and CometBFT
beside it, started again when it ends (\`comet.log\` in the folder). It waits for more than two thirds of the members.

One process works on a data folder at a time; a second one is refused (exit code 75). The other commands reach this one over the socket
node.sock in the folder.

Examples:
  aceso node
  aceso node --data /var/lib/aceso-demo --port 8000`;

export const node: Command = {
	name: "node",
	summary: "run the network of three institutions on this machine",
	usage,
	async run(args, io) {
		const options = {
			...dataOption,
			port: { type: "string", default: "7400" },
			host: { type: "string", default: "127.0.0.1" },
			keyring: { type: "string", default: "in-process" },
			witness: { type: "string", multiple: true, default: [] as string[] },
			"public-url": { type: "string", multiple: true, default: [] as string[] },
			"vote-portal": { type: "boolean", default: false },
		} as const;
		const { values } = readWords(args, options);
		const firstPort = numberOf(values.port, { min: 0, max: 65_533, option: "--port" });
		const { keyring } = values;
		if (keyring !== "in-process" && keyring !== "process") throw new CliError("CLI_USAGE", "expected --keyring in-process or --keyring process");
		const witnessUrls = readMemberUrls("--witness", values.witness as string[], parseServiceUrl);
		const publicUrls = readMemberUrls("--public-url", values["public-url"] as string[], parsePublicUrl);
		const folder = folderOf(values);
		assertServable(folder);
		if (signatureLibrary === "OpenSSL") io.note(slowSignatures);
		const stop = listenForStop(() => io.note("stopping: no new requests, finishing those under way (again to force)"));
		try {
			const begun = performance.now();
			const serving = await open(
				folder,
				{ firstPort, host: values.host, keyring, witnessUrls, publicUrls, votes: values["vote-portal"] },
				io,
				stop.signal,
			);
			const seconds = ((performance.now() - begun) / 1000).toFixed(1);
			if (!stop.signal.aborted) for (const line of greet(folder, serving, seconds)) io.out(line);
			await stop.requested;
			await serving.close();
			io.note("stopped");
			return 0;
		} finally {
			stop.forget();
		}
	},
};

interface Settings {
	readonly firstPort: number;
	readonly host: string;
	readonly keyring: "in-process" | "process";
	readonly witnessUrls: ReadonlyMap<string, string>;
	readonly publicUrls: ReadonlyMap<string, string>;
	/** Of a consortium's member: it votes for the portal that it serves. */
	readonly votes: boolean;
}

function readMemberUrls(option: string, words: readonly string[], parse: (url: string) => string): ReadonlyMap<string, string> {
	const urls = new Map<string, string>();
	for (const word of words) {
		const [member = "", ...url] = word.split("=");
		if (member === "" || url.length === 0 || urls.has(member)) throw new CliError("CLI_USAGE", `expected ${option} MEMBER=URL, once for a member`);
		urls.set(member, parse(url.join("=")));
	}
	return urls;
}

/** An origin, as browsers tell it: without a path or a slash at the end. */
function parsePublicUrl(text: string): string {
	const url = URL.parse(text);
	if (url?.protocol !== "https:" || url.username !== "") throw new CliError("CLI_USAGE", "expected --public-url MEMBER=https://HOST");
	return url.origin;
}

async function open(folder: string, settings: Settings, io: Io, signal: AbortSignal): Promise<Serving> {
	return hasPlan(folder) ? openMember(folder, settings, io, signal) : openDemo(folder, settings, io);
}

/** One member of a consortium. */
async function openMember(folder: string, { firstPort, host, keyring, publicUrls, votes }: Settings, io: Io, signal: AbortSignal): Promise<Serving> {
	const preparing = preparePortal(io);
	const network = await openConsortiumNode({
		...{ emergencyReserveBytes, folder, keyring, signal },
		onProgress: (step) => io.progress(`opening ${step}`),
		onCometEnded: (restMs) => io.note(`CometBFT ended; started again in ${restMs / 1_000} s (comet.log tells why)`),
		onLedgerFault: (error) => io.note(`aceso: ${describeError(error)}`),
	});
	io.progress("");
	try {
		const portal = await preparing;
		if (votes) await voteFor(network, portal, io);
		return await serve({ network, firstPort, host, portal, publicUrls });
	} catch (error) {
		await network.close();
		throw error;
	}
}

/** A page without the members' vote works as well; a browser says that nobody vouches for it. */
async function voteFor(network: Network, portal: Portal | undefined, io: Io): Promise<void> {
	if (portal === undefined) return;
	try {
		const release = await votePortal(network, portal.hash);
		io.note(
			release === undefined
				? `voted for portal ${portal.hash}; other members' votes are missing`
				: `portal release ${release.version}: ${release.hash}`,
		);
	} catch (error) {
		if (!(error instanceof CodedError)) throw error;
		io.note(`no vote for portal ${portal.hash}: ${error.code}`);
	}
}

async function openDemo(folder: string, { firstPort, host, keyring, witnessUrls, publicUrls }: Settings, io: Io): Promise<Serving> {
	// Meanwhile: a build runs in a process of its own.
	const preparing = preparePortal(io);
	const { network, seeded } = await openDemoNetwork({
		emergencyReserveBytes,
		folder,
		keyring,
		witnessUrls,
		onWitnessesAsked: ({ reached, of }) => {
			if (reached === 0 && of > 0) for (const line of unwitnessed) io.note(line);
		},
		onProgress: (step) => io.progress(`opening ${step}`),
		onSeed: ({ step, done, total }) => io.progress(`first start, making the demonstration: ${step} ${done}/${total}`),
	});
	io.progress("");
	if (seeded !== undefined) {
		const { people, records, consents } = seeded;
		io.note(`first start: made ${people} invented people with ${records} records and ${consents} consents`);
	}
	try {
		const portal = await preparing;
		await voteFor(network, portal, io);
		return await serve({ network, firstPort, host, portal, publicUrls });
	} catch (error) {
		await network.close();
		throw error;
	}
}

/** What a start cannot know by itself, said rather than passed over. */
const unwitnessed = [
	"Warning: no witness was reached, so nobody can say whether this folder's ledger is the newest. If it came from a backup, stop now and start",
	"again once one is reached: a ledger sealed on from an older state contradicts what others hold, and stops when they show it.",
];

const slowSignatures =
	"sodium-native could not be loaded or answers otherwise than it must: OpenSSL verifies signatures, to the same verdicts, in twice the time";

function greet(folder: string, { addresses }: Serving, seconds: string): readonly string[] {
	const width = Math.max(...addresses.map(({ name }) => name.length));
	if (hasPlan(folder)) {
		return [
			...addresses.map(({ name, url, member }) => `${name.padEnd(width)}  ${url}  (${member})`),
			`Data in ${folder}; its keyring's passphrase lies beside it (DEMO-PASSPHRASE): do not put records of real people here.`,
			`ready after ${seconds} s; Ctrl-C stops`,
		];
	}
	const inFolder = folder === folderOf({ data: ".aceso" }) ? "" : ` --data ${folder}`;
	return [
		"Institutions",
		// Under the name that sign-in and passkeys take; a bare address of this machine is a stranger to both.
		...addresses.map(({ name, url, member }) => `  ${name.padEnd(width)}  ${url.replace("//127.0.0.1:", "//localhost:")}  (${member})`),
		"",
		"Open an address in a browser to sign in as one of the invented people.",
		`Data in ${folder}`,
		"Warning: these are DEMO keys, lying beside what they lock. Do not put records of real people here.",
		"",
		"Try, in another terminal:",
		`  npx aceso consent list --person maria-sandoval${inFolder}`,
		`  npx aceso read --staff dr-marsh --person james-okafor --classes conditions,vitals${inFolder}`,
		`  npx aceso history --person james-okafor --out james.history.json${inFolder}`,
		"",
		`ready after ${seconds} s; Ctrl-C stops`,
	];
}
