import type { LedgerError } from "../errors.ts";
import { type CometProcess, type CometProcessParameters, startComet } from "./cometProcess.ts";
import type { CometRpc } from "./cometRpc.ts";
import { StallWatch } from "./stallWatch.ts";

export interface SupervisedComet {
	/** Starts so far: one, and one more each time it ended. */
	readonly starts: number;
	readonly isRunning: boolean;
	stop(): Promise<void>;
}

export interface SupervisorParameters extends CometProcessParameters {
	/** The ledger whose application it drives. */
	readonly ledger: { readonly rpc: Pick<CometRpc, "progress">; ended(): LedgerError | undefined };
	/** Told that it ended, and after how long it is started again. */
	readonly onEnded?: (restMs: number) => void;
	/** Told `LEDGER_COMETBFT_STALLED` when it is ended because it has stopped deciding; and why the replica takes no block any more, after which it is left. */
	readonly onFault?: (error: LedgerError) => void;
	/** So long it may stay at a height while most peers are ahead: a minute when absent. */
	readonly stallMs?: number;
}

const firstRestMs = 500;
const longestRestMs = 10_000;
/** Who ran so long is taken to be well: the next rest is short again. */
const wellMs = 30_000;
const stallDefaultMs = 60_000;
const looksPerStall = 12;

/**
 * Runs CometBFT and starts it again when it ends, after a rest that grows while it does not stay up. One that has stopped deciding is ended first. With a
 * replica that has halted it is not started again: the replica would refuse whatever it is handed, until the node is started anew.
 */
export function superviseComet(parameters: SupervisorParameters): SupervisedComet {
	const { ledger, onEnded, onFault, stallMs = stallDefaultMs } = parameters;
	let [starts, restMs, stopped] = [0, firstRestMs, false];
	let comet: CometProcess | undefined;
	let timer: NodeJS.Timeout | undefined;
	const watch = new StallWatch(stallMs);
	const start = () => {
		const begun = performance.now();
		starts++;
		watch.forget();
		comet = startComet(parameters);
		void comet.ended.then(() => {
			const halted = ledger.ended();
			if (stopped) return;
			if (halted !== undefined) {
				onFault?.(halted);
				return;
			}
			restMs = performance.now() - begun > wellMs ? firstRestMs : Math.min(restMs * 2, longestRestMs);
			onEnded?.(restMs);
			timer = setTimeout(start, restMs);
		});
	};
	const look = async () => {
		const looked = comet;
		const fault = await ledger.rpc.progress().then(
			(progress) => watch.look(progress, performance.now()),
			() => watch.forget(),
		);
		if (fault === undefined || stopped || looked !== comet) return;
		onFault?.(fault);
		await comet?.stop();
	};
	start();
	const looking = everyUnlessBusy(look, stallMs / looksPerStall);
	return {
		get starts() {
			return starts;
		},
		get isRunning() {
			return comet?.isRunning === true;
		},
		async stop() {
			stopped = true;
			clearTimeout(timer);
			clearInterval(looking);
			await comet?.stop();
		},
	};
}

function everyUnlessBusy(work: () => Promise<void>, everyMs: number): NodeJS.Timeout {
	let isBusy = false;
	const begin = async () => {
		if (isBusy) return;
		isBusy = true;
		await work();
		isBusy = false;
	};
	return setInterval(() => void begin(), everyMs).unref();
}
