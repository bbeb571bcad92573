import { type ChildProcess, spawn, spawnSync } from "node:child_process";

/** Who reaches whom among the peers of a test. */
export interface Partitions {
	/** Peers reach those of their own group alone; who is in none reaches nobody. Without groups everybody reaches everybody. */
	split(...groups: readonly (readonly number[])[]): void;
	close(): void;
}

/** What a line does to what it carries. */
export interface Impairment {
	/** It carries so much, and keeps for its turn what fits into `latencyMs`; what comes beyond that is dropped. */
	readonly slow?: { readonly kbitPerSecond: number; readonly latencyMs: number };
	/** So many of a hundred packets are lost, by chance. */
	readonly lossPercent?: number;
}

/**
 * Machines with a network of their own each, and a switch between them: network namespaces, joined by veth pairs to bridges in one more namespace. Nothing of
 * it has a name outside: each namespace is held by a process that ends when its standard input does, which is with this process at the latest, and bridges,
 * links and routes go with the namespace that they are in. Only the network is apart: files, and sockets with a path, are those of everybody.
 */
export class NetNamespaces implements Partitions {
	readonly #holders: readonly Holder[];
	readonly #switch: Holder;
	readonly #machines: readonly Holder[];

	private constructor(holders: readonly Holder[]) {
		[this.#holders, this.#switch, this.#machines] = [holders, holders[0]!, holders.slice(1)];
	}

	/** Undefined where this process may not make network namespaces, not even inside a user namespace, or `ip` is not here. */
	static async open(count: number): Promise<NetNamespaces | undefined> {
		const isRoot = process.getuid?.() === 0;
		const center = await hold(["unshare", isRoot ? "-n" : "-Urn"]);
		if (center === undefined) return undefined;
		const user = isRoot ? [] : ["--user", "--preserve-credentials"];
		const within: Command = ["nsenter", ...user, "--target", String(center.process.pid)];
		const others = await Promise.all(Array.from({ length: count }, () => hold([...within, "unshare", "-n"])));
		const holders = [center, ...others.filter((holder) => holder !== undefined)].map((each) => ({ ...each, user }));
		const namespaces = new NetNamespaces(holders);
		if (holders.length === count + 1 && namespaces.#join()) return namespaces;
		namespaces.close();
		return undefined;
	}

	/** Of a machine, as the others reach it. */
	addressOf(index: number): string {
		return `10.77.0.${index + 1}`;
	}

	/** Before a command: runs it on a machine, as the same process. */
	enter(index: number): Command {
		return enter(this.#machines[index]!);
	}

	/** Each group has a bridge; who is in none has the cable pulled. */
	split(...groups: readonly (readonly number[])[]): void {
		const lines = this.#machines.map((_, i) => {
			const group = groups.length === 0 ? 0 : groups.findIndex((members) => members.includes(i));
			return group === -1 ? `link set m${i} down` : `link set m${i} master br${group}\nlink set m${i} up`;
		});
		demand(ip(this.#switch, lines));
	}

	/** What a machine sends to another one goes nowhere, so that no connection between the two lives; both reach all others. */
	blackhole(from: number, to: number): void {
		demand(ip(this.#machines[from]!, [`route replace blackhole ${this.addressOf(to)}/32`]));
	}

	/** Ends {@link blackhole}. */
	mend(from: number, to: number): void {
		demand(ip(this.#machines[from]!, [`route del blackhole ${this.addressOf(to)}/32`]));
	}

	/** Of what goes from a machine to the others, and from them to it. @returns False where the kernel cannot do it. */
	impair(index: number, { slow, lossPercent }: Impairment): boolean {
		const toLose =
			lossPercent === undefined
				? []
				: [
						["qdisc", "add", "dev", "clsact"],
						["filter", "add", "dev", "egress", ...lose(lossPercent)],
					];
		const toSlow = slow === undefined ? [] : [["qdisc", "replace", "dev", "root", ...holdUp(slow)]];
		return this.#ends(index).every(([holder, device]) =>
			[...toLose, ...toSlow].every(([object, verb, dev, ...words]) => run(holder, "tc", [object!, verb!, dev!, device, ...words]).ok),
		);
	}

	/** Packets that {@link impair} has dropped. */
	dropped(index: number): number {
		const counts = this.#ends(index).flatMap(([holder, device]) => {
			const { text } = run(holder, "tc", ["-s", "qdisc", "show", "dev", device]);
			return [...text.matchAll(/dropped (\d+)/g)].map(([, count]) => Number(count));
		});
		return counts.reduce((sum, each) => sum + each, 0);
	}

	/** Ends {@link impair}. */
	clear(index: number): void {
		for (const [holder, device] of this.#ends(index)) for (const kind of ["root", "clsact"]) run(holder, "tc", ["qdisc", "del", "dev", device, kind]);
	}

	/** Process ids of who holds the namespaces. */
	pids(): readonly number[] {
		return this.#holders.map(({ process: { pid } }) => pid!);
	}

	/** What still runs on a machine keeps that one's namespace until it ends. */
	close(): void {
		for (const { process: holder } of this.#holders) holder.stdin!.end();
	}

	/** The two ends of a machine's line. */
	#ends(index: number): (readonly [Holder, string])[] {
		return [
			[this.#machines[index]!, "eth0"],
			[this.#switch, `m${index}`],
		];
	}

	#join(): boolean {
		const lines = this.#machines.flatMap(({ process: { pid } }, i) => [
			`link add name br${i} type bridge`,
			`link set br${i} up`,
			`link add name m${i} type veth peer name eth0 netns ${pid}`,
			`link set m${i} master br0`,
			`link set m${i} up`,
		]);
		const own = (i: number) => ["link set lo up", `addr add ${this.addressOf(i)}/24 dev eth0`, "link set eth0 up"];
		return ip(this.#switch, lines).ok && this.#machines.every((machine, i) => ip(machine, own(i)).ok);
	}
}

type Command = readonly [program: string, ...words: string[]];

interface Holder {
	readonly process: ChildProcess;
	/** What `nsenter` needs to enter it besides. */
	readonly user: readonly string[];
}

interface Ran {
	readonly ok: boolean;
	readonly text: string;
}

/** A process in new namespaces, once it is in them. */
async function hold(words: Command): Promise<Holder | undefined> {
	const [program, ...rest] = [...words, "sh", "-c", "echo here; exec cat >/dev/null"] as const;
	const child = spawn(program, rest, { stdio: ["pipe", "pipe", "ignore"] });
	child.stdin.on("error", () => undefined);
	const isHere = await new Promise<boolean>((resolve) => {
		child.stdout.once("data", () => resolve(true));
		child.once("error", () => resolve(false));
		child.once("exit", () => resolve(false));
	});
	return isHere ? { process: child, user: [] } : undefined;
}

function enter({ process: { pid }, user }: Holder): Command {
	return ["nsenter", ...user, "--net", "--target", String(pid), "--"];
}

function run(holder: Holder, name: string, words: readonly string[], input = ""): Ran {
	const [program, ...rest] = [...enter(holder), name, ...words];
	const { status, stdout, stderr } = spawnSync(program, rest, {
		input,
		encoding: "utf8",
		env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
	});
	return { ok: status === 0, text: `${stdout}${stderr}` };
}

function ip(holder: Holder, lines: readonly string[]): Ran {
	return run(holder, "ip", ["-batch", "-"], `${lines.join("\n")}\n`);
}

function demand({ ok, text }: Ran): void {
	if (!ok) throw new Error(`expected the network of a test to change, found: ${text}`);
}

function holdUp({ kbitPerSecond, latencyMs }: NonNullable<Impairment["slow"]>): readonly string[] {
	return ["tbf", "rate", `${kbitPerSecond}kbit`, "burst", "8kb", "latency", `${latencyMs}ms`];
}

/** A filter in classic BPF: draws a number of 32 bits, and drops the packet when it is small. The kernel needs neither `netem` nor `gact` for it. */
function lose(percent: number): readonly string[] {
	const [loadRandom, passFrom] = ["32 0 0 4294963256", `53 1 0 ${Math.round((percent / 100) * 0xffff_ffff)}`];
	const [drop, pass] = ["6 0 0 2", "6 0 0 0"];
	return ["bpf", "da", "bytecode", `4,${loadRandom},${passFrom},${drop},${pass},`];
}
