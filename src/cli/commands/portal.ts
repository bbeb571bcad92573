import { sha256Hex } from "#base";
import { portalReleaseKey } from "#contracts";
import { type ReaderTrust, type StateProof, verifyStateProof } from "#ledger";
import type { Portal } from "#node";
import { compareManifests, formatPortalManifest, manifestPath, type PortalManifest, parsePortalManifest } from "#wallet";
import type { Command, Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { readJsonFile } from "../files.ts";
import { jsonOption, readWords } from "../options.ts";
import { type Pins, parsePins } from "../pins.ts";
import { preparePortal } from "../portal/preparePortal.ts";

const usage = `Usage: aceso portal [--compare URL [--pin FILE]] [--files] [--json]

Prints the hash of the web application that these sources build to: of its manifest, which names every file by its SHA-256. The same sources
give the same hash on every machine. It is what members vote for, and what a browser tells under "How this is checked".

  --compare URL   fetches what the node there serves, each file, and tells whether it is this one, and if not which files differ
  --pin FILE      what was pinned at enrolment (as \`aceso history\` writes it): tells besides whether the ledger knows what is served
  --files         lists every file with its hash
  --json          the answer as one JSON object

A node can serve one page to this command and another one to a patient's browser; a browser that keeps its page tells there.

Exit codes: 0 printed, or the same; 70 the node serves another page than its manifest, or than these sources; 75 it does not answer.

Examples:
  aceso portal
  aceso portal --compare http://localhost:7400 --pin james.pins.json`;

export const portal: Command = {
	name: "portal",
	summary: "print the web application's hash and compare it with what a node serves",
	usage,
	async run(args, io) {
		const options = { ...jsonOption, compare: { type: "string" }, pin: { type: "string" }, files: { type: "boolean", default: false } } as const;
		const { values } = readWords(args, options);
		if (values.pin !== undefined && values.compare === undefined) throw new CliError("CLI_USAGE", "expected --compare URL beside --pin");
		const pins = values.pin === undefined ? undefined : parsePins(readJsonFile(values.pin));
		const built = await preparePortal(io);
		if (built === undefined) throw new CliError("CLI_NOT_FOUND", "these sources could not be built, so there is no hash");
		const served = values.compare === undefined ? undefined : await judgeServed(new URL(values.compare), built, pins);
		if (values.json) io.out(JSON.stringify({ hash: built.hash, files: built.named, ...(served === undefined ? {} : { served }) }));
		else tell(built, served, values.files, io);
		return served === undefined || served.same ? 0 : 70;
	},
};

interface Served {
	readonly hash: string;
	/** Every file is as the manifest there says, and the manifest is that of these sources. */
	readonly same: boolean;
	/** Files that are not what the node's own manifest names. */
	readonly broken: readonly string[];
	/** Files that differ from these sources'. */
	readonly differing: readonly string[];
	/** What the ledger proves under the pins: the version it was released with, null where no vote knows it. Absent without pins. */
	readonly release?: number | null;
}

async function judgeServed(url: URL, { hash, named }: Portal, pins: Pins | undefined): Promise<Served> {
	const text = new TextDecoder().decode(await load(new URL(`/${manifestPath}`, url)));
	const manifest = parsePortalManifest(text);
	const servedHash = sha256Hex(new TextEncoder().encode(text));
	if (manifest === undefined) throw new CliError("CLI_INPUT_INVALID", "expected a portal's manifest at this address; it serves none");
	const broken: string[] = [];
	for (const { path, sha256 } of manifest.files) {
		const bytes = await load(new URL(path === "index.html" ? "/" : `/${path}`, url));
		if (sha256Hex(bytes) !== sha256) broken.push(path);
	}
	const own = parsePortalManifest(formatPortalManifest(named)) as PortalManifest;
	const { changed, added, removed } = compareManifests(own, manifest);
	return {
		hash: servedHash,
		same: servedHash === hash && broken.length === 0,
		broken,
		differing: [...changed, ...added, ...removed],
		...(pins === undefined ? {} : { release: await releaseOf(url, servedHash, pins) }),
	};
}

/** @throws LedgerError where the node's proof does not hold under the pins. */
async function releaseOf(url: URL, hash: string, pins: Pins): Promise<number | null> {
	const key = portalReleaseKey(hash as Parameters<typeof portalReleaseKey>[0]);
	const asked = new URL(`/api/ledger/state?${new URLSearchParams({ contract: "membership", key }).toString()}`, url);
	const proof = JSON.parse(new TextDecoder().decode(await load(asked, "application/json"))) as StateProof;
	if (proof.contract !== "membership" || proof.key !== key) throw new CliError("CLI_NOT_VERIFIED", "expected a proof of what was asked for");
	const { value } = verifyStateProof(proof, trustOf(pins));
	return (value as { readonly version: number } | undefined)?.version ?? null;
}

function trustOf({ chain, ledgerKey, witnesses, quorum }: Pins): ReaderTrust {
	if (ledgerKey === undefined) throw new CliError("CLI_INPUT_INVALID", "expected pins of a ledger that one party seals");
	return { origin: chain, sealerKey: ledgerKey, witnesses: witnesses ?? [], ...(quorum === undefined ? {} : { quorum }) };
}

/** As a browser asks. */
async function load(url: URL, accept = "text/html,*/*"): Promise<Uint8Array> {
	try {
		const answer = await fetch(url, { headers: { accept }, redirect: "error" });
		if (!answer.ok) throw new CliError("CLI_NOT_FOUND", `the node answered ${answer.status} at ${url.pathname}`);
		return new Uint8Array(await answer.arrayBuffer());
	} catch (error) {
		if (error instanceof CliError) throw error;
		throw new CliError("CLI_NODE_SILENT", "no node answers at this address");
	}
}

function tell({ hash, named }: Portal, served: Served | undefined, lists: boolean, io: Io): void {
	if (lists) for (const { path, sha256, size } of named) io.out(`${sha256}  ${path} (${size} bytes)`);
	io.out(`portal ${hash} (${named.length} files)`);
	if (served === undefined) return;
	for (const path of served.broken) io.out(`✗ ${path} is not what the node's own manifest names`);
	for (const path of served.differing) io.out(`✗ ${path} differs from these sources`);
	io.out(served.same ? "✓ the node serves this one" : `✗ the node serves another one: ${served.hash}`);
	if (served.release === null) io.out("✗ the ledger knows no vote for what it serves");
	else if (served.release !== undefined) io.out(`✓ members voted for what it serves: release ${served.release}`);
}
