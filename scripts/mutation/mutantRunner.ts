import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { lateMark, type Measured, type Patience, type Question, type Tried } from "./questions.ts";
import type { Mutant, Sandbox } from "./sandbox.ts";

/** `uncovered`: no test passes the place, so none could notice. `timed out` counts as killed: a program that never ends is noticed. */
export type Verdict = "killed" | "timed out" | "survived" | "uncovered";
export interface Outcome {
	readonly mutant: Mutant;
	readonly verdict: Verdict;
	readonly killedBy: string | undefined;
}

/** Beyond what a test took without a mutant, times this factor, and then some, it is taken for one that never ends. */
const patienceFactor = 10;
const patienceMs = 15_000;

/** Runs the tests of a sandbox in a process of their own, and starts another when a mutant has broken it. */
export class MutantRunner {
	readonly #sandbox: Sandbox;
	readonly #workFolder: string;
	#child: ChildProcess | undefined;
	#measured: Measured | undefined;

	constructor(sandbox: Sandbox, workFolder: string) {
		this.#sandbox = sandbox;
		this.#workFolder = workFolder;
	}

	/** Tests that fail with no mutant at all: they could kill nothing and are left out. */
	async measure(): Promise<readonly string[]> {
		this.#measured = await this.#ask<Measured>({ ask: "measure" }, 3_600_000);
		if (this.#measured === undefined) throw new Error("expected the tests to end without a mutant");
		return this.#measured.tests.flatMap(({ id, failure }) => (failure === undefined ? [] : [`${id}: ${failure}`]));
	}

	/** What did not end in time is tried once more: a machine that slept for a while would otherwise count as a loop. */
	async try(mutant: Mutant): Promise<Outcome> {
		const outcome = await this.#tryOnce(mutant);
		return outcome.verdict === "timed out" ? this.#tryOnce(mutant) : outcome;
	}

	async #tryOnce(mutant: Mutant): Promise<Outcome> {
		const { tests, atLoad } = this.#measured as Measured;
		const passing = tests.filter(({ failure }) => failure === undefined);
		const isAtLoad = atLoad.includes(mutant.id);
		const covering = isAtLoad ? passing : passing.filter(({ hits }) => hits[mutant.id] !== undefined);
		if (covering.length === 0) return { mutant, verdict: "uncovered", killedBy: undefined };
		const inOrder = covering.toSorted((a, b) => a.ms - b.ms);
		const hits = Math.max(...covering.map((test) => test.hits[mutant.id] ?? 0)) * covering.length;
		// What runs while modules load runs once a process: such a mutant needs one of its own.
		if (isAtLoad) this.#end();
		const question: Question = { ask: "try", mutant: mutant.id, tests: inOrder.map(limited), hits };
		const answer = await this.#ask<Tried>(question, patienceMs, isAtLoad ? mutant.id : "");
		if (isAtLoad) this.#end();
		if (answer === undefined) return { mutant, verdict: "timed out", killedBy: undefined };
		if (answer.killedBy === lateMark) return { mutant, verdict: "timed out", killedBy: undefined };
		return { mutant, verdict: answer.killedBy === undefined ? "survived" : "killed", killedBy: answer.killedBy };
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
		const child = fork(script, [this.#sandbox.folder, ...this.#sandbox.tests], {
			cwd: this.#sandbox.folder,
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
	}
}

function limited({ id, ms }: Measured["tests"][number]): { readonly id: string; readonly limitMs: number } {
	return { id, limitMs: ms * patienceFactor + patienceMs };
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
