import { systemClock } from "#base";
import { type HistoryReport, verifyHistory } from "#wallet";
import { askNodes, describeAnswer, type NodeAnswer } from "../askNodes.ts";
import type { Command, Io } from "../command.ts";
import { describeEntry } from "../describeEntry.ts";
import { CliError } from "../errors.ts";
import { readJsonFile, writePrivateFile } from "../files.ts";
import { jsonOption, readWords, required } from "../options.ts";
import { type Pins, parsePins, pinFileOf, pinsFromWords, rememberSeen } from "../pins.ts";

const usage = `Usage: aceso verify FILE [--pin FILE | --ledger-key HEX --chain NAME --pseudonym HEX] [--node URL]... [--remember] [--json]

Verifies an exported access history offline: that every entry is in the custodian's log at its place, in one chain without gap; that the
log only grew, and the ledger carries its anchors; and that no entry was left out, the last one included. It trusts the pinned ledger key,
or what was pinned of a consortium's validators, and nothing in the file.

  --pin FILE        what was pinned at enrolment, as \`aceso history\` writes it (default: beside FILE, with .pins.json for .history.json)
  --ledger-key HEX  the ledger's key, 64 hex digits, instead of a pin file; with --chain and --pseudonym
  --remember        keep in the pin file what was seen, so that a later history that is shorter or other is refused
  --node URL        of a consortium: ask this institution's node too which block was decided at the height that the history rests on, and hold
                    it against the history's; more than once for several. Only this asks anybody: the node is told the height, nothing else
  --json            the whole report

Verdicts: "verified" (enough witnesses cosigned the ledger, or its validators decided); "signed by one party" (everything fits, but one
party alone vouches that it shows everybody the same ledger; never shown green); "refused". What no log can show, a read made outside
the keyring, is said in docs/trust.md.
A pin file that lies beside the history is as trustworthy as whoever put both there; keep your own.

Exit codes: 0 verified or signed by one party, 70 refused (also when a node shows another block that validators signed), 69 a node that was
asked has no answer that proves anything, 65 no history in the file.

Examples:
  aceso verify james.history.json
  aceso verify history.json --pin ~/pins/lindenhof.json --remember
  aceso verify history.json --node https://harbor.example --node https://quay.example`;

const green = "\x1b[32m";
const yellow = "\x1b[33m";
const red = "\x1b[31m";
const plain = "\x1b[0m";

export const verify: Command = {
	name: "verify",
	summary: "verify an exported access history, offline",
	usage,
	async run(args, io) {
		const options = {
			...jsonOption,
			pin: { type: "string" },
			"ledger-key": { type: "string" },
			chain: { type: "string" },
			pseudonym: { type: "string" },
			node: { type: "string", multiple: true, default: [] as string[] },
			remember: { type: "boolean", default: false },
		} as const;
		const { values, positionals } = readWords(args, options, { min: 1, max: 1, what: "one exported history" });
		const file = positionals[0] as string;
		const history = readJsonFile(file);
		const named = values["ledger-key"] !== undefined;
		if (named && values.pin !== undefined) throw new CliError("CLI_USAGE", "expected --pin or --ledger-key, found both");
		const pinFile = values.pin ?? pinFileOf(file);
		const pins = named
			? pinsFromWords({
					ledgerKey: required(values["ledger-key"], "--ledger-key HEX"),
					chain: required(values.chain, "--chain NAME beside --ledger-key"),
					pseudonym: required(values.pseudonym, "--pseudonym HEX beside --ledger-key"),
				})
			: parsePins(readJsonFile(pinFile));
		const trust = { ...pins, now: systemClock() };
		const shown = verifyHistory(history, trust);
		const answers = await askNodes(values.node, { history, trust, report: shown });
		const isForked = answers.some(({ standing }) => standing === "fork");
		const report: HistoryReport = isForked ? { ...shown, ok: false, verdict: "refused" } : shown;
		if (values.json) io.out(JSON.stringify(values.node.length === 0 ? report : { ...report, nodes: answers }));
		else tell(report, pins, answers, io);
		if (values.remember && !named && !isForked && report.seen !== null) {
			const member = report.entries[0]?.member;
			if (member !== undefined) writePrivateFile(pinFile, `${JSON.stringify(rememberSeen(pins, report.seen, member), null, "\t")}\n`);
		}
		return report.ok && answers.some(({ standing }) => standing !== "same") ? 69 : exitOf(report);
	},
};

/** A file that is no history is bad input; a history that does not prove itself is lost integrity. */
function exitOf({ ok, checks }: HistoryReport): number {
	if (ok) return 0;
	return checks.at(-1)?.name === "form" ? 65 : 70;
}

function tell(report: HistoryReport, { chain, consortium }: Pins, answers: readonly NodeAnswer[], io: Io): void {
	const colour = (code: string, text: string) => (io.interactive ? `${code}${text}${plain}` : text);
	io.out(`Checks against the pinned ${consortium === undefined ? "key" : "validators"} of ${chain}`);
	for (const { name, ok, code, detail } of report.checks) {
		io.out(`  ${ok ? "✓" : colour(red, "✗")} ${name}: ${detail}${ok ? "" : ` (${code})`}`);
	}
	for (const answer of answers) io.out(`  ${answer.standing === "same" ? "✓" : colour(red, "✗")} ${describeAnswer(answer)}`);
	if (report.entries.length > 0) tellEntries(report, io);
	for (const warning of report.warnings) io.out(`Note: ${warning}.`);
	const { found, asked } = report.cosignatures;
	const colours = { verified: green, "signed by one party": yellow, refused: red } as const;
	const what =
		consortium === undefined ? `${found} cosignatures by other members, ${asked} needed` : `${found} validators signed, ${asked} could decide`;
	const cosigned = report.ok ? ` (${what})` : "";
	io.out(`Verdict: ${colour(colours[report.verdict], report.verdict)}${cosigned}`);
}

function tellEntries({ entries, places }: HistoryReport, io: Io): void {
	io.out(`Who looked (${entries.length})`);
	for (const [i, entry] of entries.entries()) io.out(`  ${describeEntry(entry, places[i])}`);
}
