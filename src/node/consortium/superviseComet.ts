import { type CometProcess, startComet } from "#ledger";

export interface SupervisedComet {
	/** Starts so far: one, and one more each time it ended by itself. */
	readonly starts: number;
	readonly isRunning: boolean;
	stop(): Promise<void>;
}

const firstRestMs = 500;
const longestRestMs = 10_000;
/** Who ran so long is taken to be well: the next rest is short again. */
const wellMs = 30_000;

/** Runs CometBFT and starts it again when it ends, after a rest that grows while it does not stay up. */
export function superviseComet(parameters: Parameters<typeof startComet>[0], onEnded: (restMs: number) => void): SupervisedComet {
	let [starts, restMs, stopped] = [0, firstRestMs, false];
	let comet: CometProcess | undefined;
	let timer: NodeJS.Timeout | undefined;
	const start = () => {
		const begun = performance.now();
		starts++;
		comet = startComet(parameters);
		void comet.ended.then(() => {
			if (stopped) return;
			restMs = performance.now() - begun > wellMs ? firstRestMs : Math.min(restMs * 2, longestRestMs);
			onEnded(restMs);
			timer = setTimeout(start, restMs);
		});
	};
	start();
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
			await comet?.stop();
		},
	};
}
