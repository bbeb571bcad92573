import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CodedError, type JsonValue, type PublicKey } from "#base";
import { accessActions, purposes } from "#contracts";
import { headerHash, parseLightBlock, verifyHeaderEvidence, witnessesOf } from "#ledger";
import { cosignNote } from "#log";
import { type HistoryReport, type HistoryTrust, verifyHistory } from "#wallet";
import { byLocal, openSmallNetwork, toPractitioners } from "../src/node/testing/smallNetwork.ts";
import { vectorsFolder } from "./makeVectors.ts";
import { fixedKey, fixedRandom, fixedStartMs } from "./vectors/fixed.ts";
import type { HeaderVectors } from "./vectors/headerVectors.ts";
import { openHistoryNetwork } from "./vectors/historyNetwork.ts";
import { fixedWitness, type HistoryCase } from "./vectors/historyVectors.ts";
import { applyPatch } from "./vectors/jsonPatch.ts";
import { exchange, type Mutation, mutate, mutated } from "./vectors/mutations.ts";

const folder = join(import.meta.dirname, "..", "verifiers", "python");
const verifier = join(folder, "verify_history.py");
/** The same for a consortium's histories too, and for headers alone. */
const headerVerifier = join(folder, "check_header.py");
const python = spawnSync("python3", ["--version"]).status === 0;

/** Text of an export with what is pinned. */
interface Job {
	readonly name: string;
	readonly text: string;
	readonly pins: HistoryTrust;
}

function asJson(value: object): JsonValue {
	return JSON.parse(JSON.stringify(value)) as JsonValue;
}

/** What both must agree on. */
interface Opinion {
	readonly verdict: string;
	readonly failed: string;
	readonly asOfMs: number | null;
	readonly cosignatures: { readonly found: number; readonly asked: number };
	readonly seen: unknown;
	readonly warnings: number;
}

const read = (name: string) => JSON.parse(readFileSync(join(vectorsFolder, name), "utf8")) as JsonValue;
const history = read("history.json");
const pins = { ...(read("history-pins.json") as object), now: fixedStartMs } as HistoryTrust;

function opinionOf({ verdict, checks, asOfMs, cosignatures, seen, warnings }: Omit<HistoryReport, "entries">): Opinion {
	const failed = checks.find(({ ok }) => !ok);
	return { verdict, failed: failed === undefined ? "" : `${failed.name} ${failed.code}`, asOfMs, cosignatures, seen, warnings: warnings.length };
}

/** A text that is no JSON has no value: refused by its form. */
function ownOpinion({ text, pins: trust }: Job): Opinion {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		value = undefined;
	}
	return opinionOf(verifyHistory(value, trust));
}

/** One process judges all. */
function secondOpinions(jobs: readonly Job[], program: string = verifier): readonly Opinion[] {
	const lines = jobs.map(({ text, pins: trust }) => ({ text, pins: trust }));
	return answersOf(program, lines).map((line) => opinionOf(line as HistoryReport));
}

function answersOf(program: string, jobs: readonly object[]): readonly unknown[] {
	const input = jobs.map((job) => JSON.stringify(job)).join("\n");
	const { stdout, stderr, status } = spawnSync("python3", [program, "--batch"], { input, encoding: "utf8", maxBuffer: 1 << 28 });
	if (status !== 0) throw new Error(`expected the second verifier to answer, found ${stderr.slice(-2_000)}`);
	return stdout
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line) as unknown);
}

/** Runs both; returns the own opinions after none differed. */
function agree(jobs: readonly Job[], program: string = verifier): readonly (Opinion & { readonly name: string })[] {
	const others = secondOpinions(jobs, program);
	const own = jobs.map(ownOpinion);
	const differing = jobs.flatMap(({ name }, i) =>
		JSON.stringify(own[i]) === JSON.stringify(others[i]) ? [] : [{ name, own: own[i], second: others[i] }],
	);
	expect(differing).toEqual([]);
	return own.map((opinion, i) => ({ ...opinion, name: jobs[i]!.name }));
}

function jobsOf(mutations: readonly Mutation[], document: JsonValue, trust: HistoryTrust): readonly Job[] {
	return mutations.map((mutation) => ({ name: mutation.name, text: JSON.stringify(mutated(document, mutation)), pins: trust }));
}

/** Proofs, notes and lists that could be shown in each other's place. */
const exchangeable = [
	/\/entries\/\d+$/,
	/\/cohort$/,
	/\/(inclusion|proof)$/,
	/\/sparse$/,
	/\/map$/,
	/\/consistency$/,
	/\/checkpoint$/,
	/\/anchors\/\d+$/,
	/\/shown$/,
	/^\/logs\/\d+$/,
	/^\/(count|logs\/\d+\/record)$/,
	/\/salt$/,
];

/** Of the mutations of the published history, every fourth is tried; with ACESO_SLOW=1 all 3,000. */
const share = process.env.ACESO_SLOW === "1" ? 1 : 4;

/** Every change of one place, and every proof in another's place. */
function allMutations(document: JsonValue): readonly Mutation[] {
	return [...mutate(document), ...exchangeable.flatMap((pattern) => exchange(document, pattern))];
}

/**
 * Lines of a note that name a key nobody here knows are ignored, as the format demands, and the sealer's heartbeat is a statement of its own:
 * a changed name or key id takes a signature away and changes nothing that the others say.
 */
const signatureLines = /\/checkpoint /;

describe.skipIf(!python)("the second verifier, verifiers/python (needs python3 on the path)", () => {
	it("agrees on the published history and its cases", () => {
		const { cases } = read("history-cases.json") as unknown as { cases: readonly HistoryCase[] };
		const jobs = cases.map(({ name, patch, pins: changed }) => ({
			name,
			text: JSON.stringify(applyPatch(history, patch)),
			pins: { ...pins, ...changed } as HistoryTrust,
		}));
		const found = agree(jobs).map(({ verdict, failed }) => [verdict, failed.split(" ")[1] ?? ""]);
		expect(found).toEqual(cases.map(({ verdict, code }) => [verdict, code]));
	});

	it("agrees on every mutation of the published history, and both refuse them all", () => {
		const mutations = allMutations(history).filter((_, i) => i % share === 0);
		const opinions = agree(jobsOf(mutations, history, pins));
		expect(opinions.length).toBeGreaterThan(700);
		const accepted = opinions.filter(({ verdict, name }) => verdict !== "refused" && !signatureLines.test(name));
		expect(accepted.map(({ name }) => name)).toEqual([]);
	});

	it("agrees on other spellings of the file", () => {
		const text = JSON.stringify(history);
		const spelt: Readonly<Record<string, string>> = {
			spaces: JSON.stringify(history, null, "\t"),
			"an integer as a fraction": text.replace('"leafIndex":0', '"leafIndex":0.0'),
			"an exponent": text.replace('"height":1,', '"height":1e0,'),
			"minus zero at a place": text.replace('"leafIndex":0', '"leafIndex":-0'),
			"minus zero in an entry": text.replace('"seq":0', '"seq":-0'),
			"a fraction": text.replace('"leafIndex":0', '"leafIndex":0.5'),
			"an integer too large": text.replace('"leafIndex":0', '"leafIndex":9007199254740993'),
			"infinity as an exponent": text.replace('"leafIndex":0', '"leafIndex":1e999'),
			"a number of 5000 digits": text.replace('"leafIndex":0', `"leafIndex":${"1".repeat(5_000)}`),
			"no number": text.replace('"leafIndex":0', '"leafIndex":NaN'),
			"escapes that are not needed": text.replaceAll("clinic", "\\u0063linic"),
			"a key twice, the last one counts": text.replace('"leafIndex":0', '"leafIndex":7,"leafIndex":0'),
			"a key twice, the last one wrong": text.replace('"leafIndex":0', '"leafIndex":0,"leafIndex":7'),
			"__proto__ in a state value": text.replace('"writer":', '"__proto__":{},"writer":'),
			"__proto__ in an entry": text.replace('"format":"aceso/entry/1"', '"__proto__":{},"format":"aceso/entry/1"'),
			"__proto__ at the top": text.replace("{", '{"__proto__":{},'),
			"constructor at the top": text.replace("{", '{"constructor":{},'),
			"a lone surrogate": text.replace('"model":""', '"model":"\\ud800"'),
			"a line feed after a hash": text.replace(/("salt":"[0-9a-f]{64})"/, '$1\\n"'),
			"digits of another script": text.replace(/"salt":"[0-9]/, '"salt":"\u0661'),
			"a byte-order mark": `\ufeff${text}`,
			"something after it": `${text}x`,
			"half of it": text.slice(0, text.length / 2),
			nothing: "",
			"a value nested 17 deep": text.replace('"writer":', `"deep":${"[".repeat(17)}${"]".repeat(17)},"writer":`),
			"a list nested deep in place of a field": text.replace('"leafIndex":0', `"leafIndex":${"[".repeat(5_000)}${"]".repeat(5_000)}`),
		};
		const deep: Job = { name: "", text: text.replace('"writer":', `"deep":${"[".repeat(100_000)}${"]".repeat(100_000)},"writer":`), pins };
		// A parser's depth is its own affair: both refuse, one of them before it has a value.
		expect([ownOpinion(deep).verdict, secondOpinions([deep])[0]?.verdict]).toEqual(["refused", "refused"]);
		const opinions = agree(Object.entries(spelt).map(([name, spelling]) => ({ name, text: spelling, pins })));
		const same = ["spaces", "an integer as a fraction", "an exponent", "escapes that are not needed", "a key twice, the last one counts"];
		expect(opinions.filter(({ verdict }) => verdict !== "refused").map(({ name }) => name)).toEqual(same);
	});

	it("agrees on files in which single characters were exchanged, put in or lost", () => {
		const text = JSON.stringify(history);
		const random = fixedRandom("characters");
		const characters = [...'09af"{}[],:\\-+eE.ntu/ \n\u00e9\u2014', ""];
		const jobs = Array.from({ length: 600 }, (_, i): Job => {
			const [a, b, c, d] = random(4) as unknown as readonly [number, number, number, number];
			const at = ((a << 16) | (b << 8) | c) % text.length;
			return { name: `${i} at ${at}`, text: text.slice(0, at) + characters[d % characters.length] + text.slice(at + (i % 2)), pins };
		});
		const accepted = agree(jobs).filter(({ verdict }) => verdict !== "refused");
		// What is left is white space between values and signature lines of keys that thereby became unknown.
		expect(accepted.length).toBeLessThan(jobs.length / 10);
	});

	it("agrees on notes with signature lines more, fewer, in another order or by other keys", () => {
		const at = "/count/checkpoint";
		const note = (history as { readonly count: { readonly checkpoint: string } }).count.checkpoint;
		const [head, lines] = [note.slice(0, note.indexOf("\n\n") + 2), note.slice(note.indexOf("\n\n") + 2, -1).split("\n")];
		const joined = (rows: readonly string[]) => `${head}${rows.join("\n")}\n`;
		const stranger = { name: "stranger", key: fixedKey("stranger"), timeSeconds: 5 };
		const notes: readonly string[] = [
			...lines.map((_, i) => joined(lines.filter((__, j) => j !== i))),
			joined(lines.toReversed()),
			joined([...lines, lines[3]!]),
			joined([...lines, ...Array<string>(60).fill(lines[3]!)]),
			joined([...lines, ...Array<string>(61).fill(lines[3]!)]),
			cosignNote(note, stranger),
			cosignNote(note, { ...stranger, name: fixedWitness("lab-b").name }),
			cosignNote(joined(lines.slice(0, 2)), { name: fixedWitness("lab-b").name, key: fixedKey("witness lab-b"), timeSeconds: 4_000_000_000 }),
			joined([...lines, "— a b c"]),
			joined([...lines, "— \u00a0 AAAAAAAAAA=="]),
			joined([...lines, "— \u0085 AAAAAAAAAA=="]),
			joined([...lines, "— \ufeff AAAAAAAAAA=="]),
			joined([...lines, "— x+y AAAAAAAAAA=="]),
			joined([...lines, "— x AAAAAAAAAA=="]),
			joined([...lines, "— x AAAAAAAAAB=="]),
			joined([...lines, "— x AAAA"]),
			joined([...lines, "- x AAAAAAAAAA=="]),
			`${head}${lines.join("\n")}`,
			note.replace("\n\n", "\n\n\n"),
			note.replace("\n\n", "\nextension\n\n"),
			`${note}\u007f`,
		];
		agree(
			notes.map((changed, i) => ({
				name: `note ${i}`,
				text: JSON.stringify(applyPatch(history, [{ op: "replace", path: at, value: changed }])),
				pins,
			})),
		);
	});

	it("agrees on pins that name a witness twice, the sealer as one, or a key that is none", () => {
		const [first, second] = [fixedWitness("lab-b"), fixedWitness("institute-c")];
		const sealer = { name: pins.chain, key: pins.ledgerKey as PublicKey };
		const lists = [
			[first, first],
			[first, { ...first, name: "another name" }, { ...first, name: "a third" }],
			[{ ...first, name: "another name" }, first, second],
			[sealer],
			[sealer, first],
			[{ ...first, key: `01${"00".repeat(31)}` as PublicKey }],
		];
		const text = JSON.stringify(history);
		agree(lists.map((witnesses, i) => ({ name: `list ${i}`, text, pins: { ...pins, witnesses } })));
	});

	it("agrees on a longer log, on one not anchored yet, and on a patient who came late", { timeout: 240_000 }, async () => {
		const network = await openHistoryNetwork();
		const trustOf = (document: JsonValue): HistoryTrust => ({
			...pins,
			pseudonym: (document as { readonly pseudonym: HistoryTrust["pseudonym"] }).pseudonym,
			now: network.clock.nowMs as HistoryTrust["now"],
		});
		try {
			await network.append("anna", {});
			const documents = [asJson(await network.history("anna"))];
			for (let round = 0; round < 9; round++) {
				await network.append("anna", ...Array.from({ length: round % 4 }, (_, count) => ({ count })));
				await network.append("bela", ...Array.from({ length: 3 }, (_, count) => ({ count })));
				if (round % 4 === 0) await network.ask("anna", "bela");
				await network.anchor();
			}
			// More anchors than are drawn: some stay closed.
			for (let round = 0; round < 40; round++) {
				await network.append("bela", {});
				await network.anchor();
			}
			documents.push(asJson(await network.history("anna")), asJson(await network.history("bela")), asJson(await network.history("carla")));
			const whole = documents.map((document, i) => ({ name: `history ${i}`, text: JSON.stringify(document), pins: trustOf(document) }));
			expect(agree(whole).map(({ verdict }) => verdict)).toEqual(Array(4).fill("signed by one party"));
			const some = documents.flatMap((document) =>
				jobsOf(
					allMutations(document).filter((_, i) => i % 37 === 0),
					document,
					trustOf(document),
				),
			);
			expect(some.length).toBeGreaterThan(300);
			agree(some);
		} finally {
			await network.close();
		}
	});

	it("agrees on the histories that an institution shows its patients through the gate", async () => {
		const small = await openSmallNetwork();
		try {
			const doctor = await small.hire("practitioner");
			const patients = [
				await small.admit({ family: "Anders", given: "Ida", birthDate: "1971-03-04" }),
				await small.admit({ family: "Brandt", given: "Ole", birthDate: "1962-07-08" }),
			];
			await small.grant(patients[0]!, toPractitioners("north", ["conditions"]));
			for (const { localId } of patients) await small.read(doctor.key, byLocal(localId));
			const { gate } = small.institution();
			await gate.anchor(true);
			for (const { localId } of patients) await small.read(doctor.key, byLocal(localId));
			const { chain } = small.network.ledger;
			const jobs: Job[] = [];
			for (const { key, localId } of patients) {
				await gate.anchor(true);
				const shown = await gate.showHistory(small.sign(key, { kind: "history", patient: byLocal(localId) }));
				const { genesis } = small.network;
				const trust: HistoryTrust = {
					chain,
					ledgerKey: genesis.sealer,
					witnesses: witnessesOf(genesis),
					pseudonym: key.publicKey,
					now: small.network.now(),
				};
				const document = asJson(shown);
				jobs.push(
					{ name: "as shown", text: JSON.stringify(document), pins: trust },
					...jobsOf(
						allMutations(document).filter((_, i) => i % 29 === 0),
						document,
						trust,
					),
				);
			}
			const opinions = agree(jobs);
			expect(opinions.filter(({ name }) => name === "as shown").map(({ verdict }) => verdict)).toEqual(["verified", "verified"]);
			// Proofs differ in length from run to run, so their number does too.
			expect(opinions.length).toBeGreaterThan(150);
		} finally {
			await small.close();
		}
	});

	it("checks the other vectors by itself", () => {
		const { stdout, status } = spawnSync("python3", [join(folder, "check_vectors.py"), vectorsFolder], { encoding: "utf8" });
		expect([status, stdout.split("\n").filter((line) => line.startsWith("FAIL"))]).toEqual([0, []]);
	});

	it("tells each check and the verdict on the command line, and exits accordingly", () => {
		const run = (name: string, document: JsonValue) => {
			const file = join(temporary, name);
			writeFileSync(file, JSON.stringify(document));
			const { stdout, status } = spawnSync("python3", [verifier, file, "--pins", join(vectorsFolder, "history-pins.json")], { encoding: "utf8" });
			return { lines: stdout.trimEnd().split("\n"), status };
		};
		const temporary = mkdtempSync(join(tmpdir(), "aceso-second-"));
		const [accepted, refused] = [
			run("whole.json", history),
			run("cut.json", applyPatch(history, [{ op: "remove", path: "/logs/0/shown/entries/1" }])),
		];
		const misused = spawnSync("python3", [verifier, "--pins"], { encoding: "utf8" }).status;
		rmSync(temporary, { recursive: true });
		expect([accepted.status, refused.status, misused]).toEqual([0, 1, 2]);
		expect(accepted.lines.at(-1)).toBe("verified: 2 cosignatures of 1 asked for");
		expect(refused.lines).toContain("FAIL entries      WALLET_ENTRY_GAP");
	});
});

describe.skipIf(!python)("the second verifier on headers, verifiers/python/check_header.py (needs python3 on the path)", () => {
	const published = read("header-evidence.json") as unknown as HeaderVectors;
	const evidence = JSON.parse(published.evidence) as JsonValue;
	const trust = { ...published.pins, now: published.now } as HistoryTrust;

	interface HeaderJob {
		readonly name: string;
		readonly evidence: string;
		readonly pins: HistoryTrust;
	}

	function ownCode({ evidence: text, pins: { chain, consortium, now } }: HeaderJob): string {
		const { pin, ...limits } = consortium!;
		try {
			return verifyHeaderEvidence(text, { origin: chain, pins: [pin], now, ...limits }).header.hash;
		} catch (error) {
			if (!(error instanceof CodedError)) throw error;
			return error.code;
		}
	}

	function agreeOnHeaders(jobs: readonly HeaderJob[]): readonly string[] {
		const own = jobs.map(ownCode);
		const others = answersOf(headerVerifier, jobs).map((answer) => {
			const { code, hash } = answer as { readonly code: string; readonly hash?: string };
			return hash ?? code;
		});
		expect(jobs.flatMap(({ name }, i) => (own[i] === others[i] ? [] : [{ name, own: own[i], second: others[i] }]))).toEqual([]);
		return own;
	}

	it("[WA33] agrees on the published evidence and its cases", () => {
		const jobs = published.cases.map(({ name, patch, consortium, now }) => ({
			name,
			evidence: JSON.stringify(applyPatch(evidence, patch)),
			pins: { ...trust, ...(consortium === undefined ? {} : { consortium }), now: (now ?? published.now) as HistoryTrust["now"] },
		}));
		const codes = agreeOnHeaders(jobs).map((said) => (said.startsWith("LEDGER_") ? said : ""));
		expect(codes).toEqual(published.cases.map(({ code }) => code));
	});

	it("[WA33] agrees on every mutation of the evidence, and both refuse them all but the size, which nobody signed", () => {
		const jobs = mutate(evidence)
			.filter((_, i) => i % share === 0)
			.map((mutation) => ({ name: mutation.name, evidence: JSON.stringify(mutated(evidence, mutation)), pins: trust }));
		expect(jobs.length).toBeGreaterThan(60);
		const said = agreeOnHeaders(jobs);
		expect(jobs.filter(({ name }, i) => !said[i]!.startsWith("LEDGER_") && !name.startsWith("/log/size")).map(({ name }) => name)).toEqual([]);
	});

	it("[WA33] agrees on headers recorded from a running network", () => {
		const { sets, blocks } = read("headers.json") as unknown as {
			sets: JsonValue[];
			blocks: { validators: number; header: { height: number; chainId: string; timeNs: string } }[];
		};
		const path = blocks.map((block) => ({ ...block, validators: sets[block.validators]! }));
		const now = Number(BigInt(blocks.at(-1)!.header.timeNs) / 1_000_000n) as HistoryTrust["now"];
		const jobs = path.slice(0, -1).map((block, at) => {
			const pin = { height: block.header.height, hash: headerHash(parseLightBlock(block).header) };
			const text = JSON.stringify({
				format: "aceso/header/1",
				log: { root: "00".repeat(32), size: 0 },
				stateRoot: "00".repeat(32),
				path: path.slice(at, at + 3),
			});
			return { name: `from ${pin.height}`, evidence: text, pins: { ...trust, chain: block.header.chainId, consortium: { pin }, now } };
		});
		// All of it is verified up to the roots, which were another application's.
		expect(new Set(agreeOnHeaders(jobs))).toEqual(new Set(["LEDGER_CHECKPOINT_INVALID"]));
	});

	it("[WA33] agrees on a history that rests on a header, on what was seen before, and on the mutations of both", () => {
		const on = (text: string) =>
			applyPatch(
				history,
				published.places.map((path) => ({ op: "replace", path, value: text })),
			);
		const whole = on(published.evidence);
		const { seen } = verifyHistory(whole, trust);
		const { ledgerKey, witnesses } = pins;
		const header = seen!.header!;
		const trusts: Readonly<Record<string, object>> = {
			"as pinned": {},
			"seen before": { seen },
			"seen higher": { seen: { ...seen, header: { ...header, height: 200 } } },
			"seen another block there": { seen: { ...seen, header: { ...header, hash: "11".repeat(32) } } },
			"a size seen": { seen: { ...seen, ledgerSize: 1_000_000 } },
			"both pinned": { ledgerKey, witnesses },
			"neither pinned": { consortium: undefined },
			expired: { consortium: { ...published.pins.consortium!, trustingPeriodMs: 1 } },
			ahead: { now: published.now - 300_000 },
			"long ago": { now: published.now + 7_200_000 },
		};
		const jobs = Object.entries(trusts).map(([name, changed]) => ({
			name,
			text: JSON.stringify(whole),
			pins: { ...trust, ...changed } as HistoryTrust,
		}));
		const altered = mutate(evidence)
			.filter((_, i) => i % (7 * share) === 0)
			.map((mutation) => ({ name: mutation.name, text: JSON.stringify(on(JSON.stringify(mutated(evidence, mutation)))), pins: trust }));
		const shortened = jobsOf(
			allMutations(whole).filter((_, i) => i % (40 * share) === 0),
			whole,
			trust,
		);
		const opinions = agree([...jobs, ...altered, ...shortened, { name: "a sealer's", text: JSON.stringify(history), pins }], headerVerifier);
		const accepted = opinions.filter(({ verdict }) => verdict === "verified").map(({ name }) => name);
		expect(accepted.filter((name) => !name.startsWith("/"))).toEqual(["as pinned", "seen before", "a size seen", "long ago", "a sealer's"]);
	});

	it("tells height and block on the command line, and exits accordingly", () => {
		const temporary = mkdtempSync(join(tmpdir(), "aceso-headers-"));
		const file = (name: string, text: string) => {
			writeFileSync(join(temporary, name), text);
			return join(temporary, name);
		};
		const pinFile = file("pins.json", JSON.stringify(trust));
		const run = (...words: readonly string[]) => {
			const { stdout, status } = spawnSync("python3", [headerVerifier, ...words], { encoding: "utf8" });
			return [status, stdout.trimEnd().split("\n").at(-1)];
		};
		const whole = applyPatch(
			history,
			published.places.map((path) => ({ op: "replace", path, value: published.evidence })),
		);
		const hash = ownCode({ name: "", evidence: published.evidence, pins: trust });
		const answers = [
			run(file("evidence.json", published.evidence), "--pins", pinFile),
			run(file("cut.json", published.evidence.replace('"nil"', '"block"')), "--pins", pinFile),
			run("--history", file("history.json", JSON.stringify(whole)), "--pins", pinFile),
			run("--pins"),
		];
		rmSync(temporary, { recursive: true });
		expect(answers).toEqual([
			[0, `accepted: height 144, block ${hash}`],
			[1, "refused: LEDGER_COMMIT_INVALID"],
			[0, "verified: 3 cosignatures of 3 asked for"],
			[2, ""],
		]);
	});
});

it("the second verifier knows every action and purpose that an entry can say: one it does not know would make a true history false", () => {
	const words = readFileSync(join(import.meta.dirname, "../verifiers/python/verify_history.py"), "utf8");
	const listed = (list: string) => new RegExp(`${list}=one_of\\("([^"]+)"\\)`).exec(words)?.[1]?.split(" ");
	expect(listed("action")).toEqual(accessActions);
	expect(listed("purpose")).toEqual(purposes);
});
