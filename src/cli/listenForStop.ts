/** The first SIGINT or SIGTERM asks for an orderly stop; the second ends the process as the system would have. */
export function listenForStop(onAsked: () => void) {
	const controller = new AbortController();
	const { promise, resolve } = Promise.withResolvers<void>();
	const onSignal = (name: NodeJS.Signals) => {
		if (controller.signal.aborted) process.exit(name === "SIGINT" ? 130 : 143);
		controller.abort();
		onAsked();
		resolve();
	};
	const signals = ["SIGINT", "SIGTERM"] as const;
	for (const name of signals) process.on(name, onSignal);
	return {
		signal: controller.signal,
		requested: promise,
		forget() {
			for (const name of signals) process.off(name, onSignal);
		},
	};
}
