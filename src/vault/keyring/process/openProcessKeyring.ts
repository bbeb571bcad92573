import { VaultError } from "../../errors.ts";
import { type Channel, openChannel, type SocketChannel } from "./channel.ts";
import type { Operation } from "./operations.ts";
import { RemoteKeyring } from "./remoteKeyring.ts";
import { type KeyringProcess, type StartKeyringProcessParameters, startKeyringProcess } from "./startKeyringProcess.ts";
import { lost } from "./wireErrors.ts";

export interface ProcessKeyringParameters extends StartKeyringProcessParameters {
	/** Least time between two starts after a crash, in ms; calls before fail with `VAULT_KEYRING_LOST`. One second when absent. */
	readonly restartPauseMs?: number | undefined;
}

/**
 * Starts a keyring's process and connects to it. When the process dies, calls without an answer end in `VAULT_KEYRING_LOST` (kind again); the next
 * call starts it anew, with a new receipt key. What was asked twice is asked by the caller: the keyring reports a destruction again as it was.
 *
 * @throws {@link VaultError} as {@link startKeyringProcess}.
 */
export async function openProcessKeyring(parameters: ProcessKeyringParameters): Promise<ProcessKeyring> {
	const channel = new RestartingChannel(parameters, () => keyring.forget());
	const keyring = new ProcessKeyring(parameters, channel);
	await channel.start();
	return keyring;
}

/** A keyring that outlives its process. */
export class ProcessKeyring extends RemoteKeyring {
	readonly #channel: RestartingChannel;

	constructor({ custodian }: ProcessKeyringParameters, channel: RestartingChannel) {
		super(custodian, channel, { mayRemember: () => channel.pid !== undefined });
		this.#channel = channel;
	}

	/** Of the process that runs now, or undefined while there is none. */
	get pid(): number | undefined {
		return this.#channel.pid;
	}
}

class RestartingChannel implements Channel {
	readonly #parameters: ProcessKeyringParameters;
	readonly #onStart: () => void;
	#process: KeyringProcess | undefined;
	#channel: SocketChannel | undefined;
	#starting: Promise<SocketChannel> | undefined;
	#startedAtMs = Number.NEGATIVE_INFINITY;
	#closed = false;

	constructor(parameters: ProcessKeyringParameters, onStart: () => void) {
		this.#parameters = parameters;
		this.#onStart = onStart;
	}

	get pid(): number | undefined {
		return this.#channel?.isOpen ? this.#process?.pid : undefined;
	}

	call<Arguments extends readonly unknown[], Result>(operation: Operation<Arguments, Result>, args: Arguments): Promise<Result> {
		return this.#channel?.isOpen ? this.#channel.call(operation, args) : this.#callAfterStart(operation, args);
	}

	start(): Promise<SocketChannel> {
		this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
		return this.#starting;
	}

	async close(): Promise<void> {
		this.#closed = true;
		await this.#starting?.catch(() => {});
		await this.#channel?.close();
		await this.#process?.stop();
	}

	async #callAfterStart<Arguments extends readonly unknown[], Result>(operation: Operation<Arguments, Result>, args: Arguments): Promise<Result> {
		if (this.#closed) throw new VaultError("VAULT_CLOSED", "expected an open keyring, found one that was closed");
		const channel = await this.start();
		// The log writer's next receipts are good, the one at hand is not: not a forgery, but an access to be logged again.
		if (operation.carriesReceipt) throw lost("receipt-void");
		return channel.call(operation, args);
	}

	async #start(): Promise<SocketChannel> {
		const { custodian, randomBytes, restartPauseMs = 1_000 } = this.#parameters;
		if (performance.now() - this.#startedAtMs < restartPauseMs) throw lost("process-ended");
		this.#startedAtMs = performance.now();
		// The connection may be gone and its process not: it must let go of the files first.
		await this.#process?.stop();
		this.#process = await startKeyringProcess(this.#parameters);
		const { socket, connectKey } = this.#process;
		this.#onStart();
		this.#channel = await openChannel({ socket, connectKey, custodian, randomBytes });
		return this.#channel;
	}
}
