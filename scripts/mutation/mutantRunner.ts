import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { inOrderOfUse, type KillCounts } from "./inOrderOfUse.ts";
import type { Measurement } from "./measurement.ts";
import { type LimitedTest, lateMark, type Measured, type MeasuredTest, type Patience, type Question, type Tried } from "./questions.ts";
import type { Mutant, Sandbox } from "./sandbox.ts";

/** `uncovered`: no test passes the place, so none could notice. `timed out` counts as killed: a program that never ends is noticed. */
export type Verdict = "killed" | "timed out" | "survived" | "uncovered";
export interface Outcome {
	readonly mutant: Mutant;
	readonly verdict: Verdict;
	readonly killedBy: string | undefined;
	/** That it survived the tests for which there was time, and others might notice it. */
	readonly isCutShort: boolean;
	/** Milliseconds that the verdict took. */
	readonly ms: number;
}

/** Beyond what a test took without a mutant, times this factor, and then some, it is taken for one that never ends. */
const patienceFactor = 10;
const patienceMs = 15_000;

/** A test and the file that it stands in. */
export interface KnownTest extends MeasuredTest {
	readonly file: string;
}

/** Runs the tests of a sandbox in a process of their own, and starts another when a mutant has broken it. */
export class MutantRunner {
	readonly #sandbox: Sandbox;
	readonly #workFolder: string;
	readonly #budgetMs: number;
	readonly #kills: KillCounts = new Map();
	#child: ChildProcess | undefined;
	/** That the process has tried a mutant: what fails in it may be what that one left behind. */
	#isUsed = false;
	#tests: readonly KnownTest[] = [];
	#atLoad: ReadonlySet<string> = new Set();

	/** @param budgetMs - For the tests of one mutant; none begins after it. */
	constructor(sandbox: Sandbox, workFolder: string, budgetMs: number) {
		this.#sandbox = sandbox;
		this.#workFolder = workFolder;
		this.#budgetMs = budgetMs;
	}

	/** Times and coverage of one file's tests. */
	async measure(file: string): Promise<Measured> {
		const measured = await this.#ask<Measured>({ ask: "measure", file }, 120_000);
		return measured ?? { failure: "the process ended, or a test never did", tests: [], atLoad: [] };
	}

	/** Tests that fail with no mutant at all could kill nothing and are left out. */
	use(measurement: Measurement): void {
		const files = [...measurement];
		this.#tests = files.flatMap(([file, { tests }]) => tests.filter(({ failure }) => failure === undefined).map((test) => ({ ...test, file })));
		this.#atLoad = new Set(files.flatMap(([, { atLoad }]) => atLoad));
	}

	/** What did not end in time is tried once more: a machine that slept for a while would otherwise count as a loop. */
	async try(mutant: Mutant): Promise<Outcome> {
		const began = performance.now();
		let outcome = await this.#tryOnce(mutant);
		if (outcome.verdict === "timed out") outcome = await this.#tryOnce(mutant);
		return { mutant, ...outcome, ms: Math.round(performance.now() - began) };
	}

	async #tryOnce(mutant: Mutant): Promise<Judged> {
		const covering = this.#tests.filter(({ hits }) => hits[mutant.id] !== undefined);
		const judged: Judged = covering.length === 0 ? uncovered : await this.#tryWith(mutant, covering, "");
		if (isNoticed(judged)) return judged;
		const loaded = this.#atLoad.has(mutant.id) ? await this.#tryAtLoad(mutant) : judged;
		return isNoticed(loaded) ? loaded : this.#tryInPrograms(mutant, loaded);
	}

	/** A program that a test starts has the mutant from its beginning to its end. Last, since starting one takes longest. */
	async #tryInPrograms(mutant: Mutant, judged: Judged): Promise<Judged> {
		const starting = this.#tests.filter(({ inPrograms, hits }) => hits[mutant.id] === undefined && inPrograms.includes(mutant.id));
		return starting.length === 0 ? judged : this.#tryWith(mutant, starting, "");
	}

	/** What runs while modules load runs once a process: such a mutant needs one of its own. The tests are those that use anything of its source, and those beside it: who reads a table passes nothing. */
	async #tryAtLoad(mutant: Mutant): Promise<Judged> {
		const ofSource = this.#sandbox.mutants.filter(({ path }) => path === mutant.path).map(({ id }) => id);
		const beside = mutant.path.replace(/ts$/, "");
		const using = this.#tests.filter(({ file, hits }) => file.startsWith(beside) || ofSource.some((id) => hits[id] !== undefined));
		this.#end();
		try {
			return await this.#tryWith(mutant, using.length > 0 ? using : this.#tests, mutant.id);
		} finally {
			this.#end();
		}
	}

	async #tryWith(mutant: Mutant, covering: readonly KnownTest[], activeAtLoad: string): Promise<Judged> {
		const tests = inOrderOfUse(covering, mutant.path, this.#kills);
		const hits = Math.max(1, ...covering.map((test) => test.hits[mutant.id] ?? 0)) * covering.length;
		const question: Question = { ask: "try", mutant: mutant.id, tests: tests.map(limited), hits, budgetMs: this.#budgetMs };
		const isFresh = !this.#isUsed;
		this.#isUsed = true;
		const answer = await this.#ask<Tried>(question, patienceMs, activeAtLoad);
		if (answer === undefined || answer.killedBy === lateMark) {
			this.#end();
			return { verdict: "timed out", killedBy: undefined, isCutShort: false };
		}
		const { killedBy, isSpoilt, isCutShort } = answer;
		if (killedBy === undefined) return { verdict: "survived", killedBy, isCutShort };
		const killer = tests.find(({ id }) => id === killedBy) ?? tests.find(({ suite }) => killedBy === `before ${suite}`);
		// A process that loaded with the mutant has it for good: there is no running without it there.
		if (isSpoilt || activeAtLoad !== "") {
			this.#end();
			if (activeAtLoad === "" && !isFresh) return this.#tryWith(mutant, covering, activeAtLoad);
			if (killer !== undefined && !(await this.#isSound(killer))) {
				this.#tests = this.#tests.filter((test) => test !== killer);
				const others = covering.filter((test) => test !== killer);
				return others.length === 0 ? uncovered : this.#tryWith(mutant, others, activeAtLoad);
			}
		}
		if (killer !== undefined) this.#kills.set(killer.id, [...(this.#kills.get(killer.id) ?? []), mutant.path]);
		return { verdict: "killed", killedBy, isCutShort };
	}

	/** Whether a test passes in a process that has seen no mutant. */
	async #isSound(test: KnownTest): Promise<boolean> {
		const answer = await this.#ask<Tried>({ ask: "control", test: limited(test) }, patienceMs);
		return answer !== undefined && answer.killedBy === undefined;
	}

	close(): void {
		this.#end();
	}

	/** Undefined when the process died or did not answer in time: it is ended then. */
	async #ask<Answer extends object>(question: Question, limitMs: number, activeAtLoad = ""): Promise<Answer | undefined> {
		const child = this.#child ?? (await this.#start(activeAtLoad));
		if (child === undefined) return undefined;
		const answer = await nextMessage<Answer>(child, limitMs, () => child.send(question));
		if (answer === undefined) this.#end();
		return answer;
	}

	async #start(activeAtLoad: string): Promise<ChildProcess | undefined> {
		const script = join(import.meta.dirname, "runMutants.ts");
		const child = fork(script, [this.#sandbox.folder], {
			cwd: this.#sandbox.folder,
			execArgv: ["--import", join(import.meta.dirname, "threadSwitch.ts")],
			env: { ...process.env, TMPDIR: this.#workFolder, __STRYKER_ACTIVE_MUTANT__: activeAtLoad },
			stdio: ["ignore", "ignore", activeAtLoad === "" ? "inherit" : "ignore", "ipc"],
		});
		this.#child = child;
		if ((await nextMessage(child, 120_000, () => {})) !== undefined) return child;
		this.#end();
		return undefined;
	}

	#end(): void {
		this.#child?.kill("SIGKILL");
		this.#child = undefined;
		this.#isUsed = false;
	}
}

type Judged = Omit<Outcome, "mutant" | "ms">;

const uncovered: Judged = { verdict: "uncovered", killedBy: undefined, isCutShort: false };

function isNoticed({ verdict }: Judged): boolean {
	return verdict === "killed" || verdict === "timed out";
}

function limited({ id, file, ms }: KnownTest): LimitedTest {
	return { id, file, limitMs: ms * patienceFactor + patienceMs };
}

function nextMessage<Message extends object>(child: ChildProcess, limitMs: number, begin: () => void): Promise<Message | undefined> {
	return new Promise((resolve) => {
		const settle = (message: Message | undefined) => {
			clearTimeout(timer);
			child.off("message", take).off("exit", lost);
			resolve(message);
		};
		const take = (message: Message | Patience) => {
			if (!("patienceMs" in message)) return settle(message);
			clearTimeout(timer);
			timer = setTimeout(lost, message.patienceMs);
		};
		const lost = () => settle(undefined);
		let timer = setTimeout(lost, limitMs);
		child.on("message", take).once("exit", lost);
		begin();
	});
}
