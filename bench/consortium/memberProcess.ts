import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "#base";
import { readMember } from "#contracts";
import { createEnvelope, type Envelope, LedgerError, openCometLedger, startComet } from "#ledger";
import { signGrant } from "../ledger/benchLedger.ts";
import { chain, consortiumDefinition, keyOf, type LoadOrder, type LoadReport, type MemberWords, memberId, patientsOf } from "./benchNetwork.ts";

/** One member: its replica and application, its CometBFT, and the load that its gate would forward. */
const words = JSON.parse(process.argv[2]!) as MemberWords;
const { member, members, time, path, socketPath, rpcUrl, program, home, logFile } = words;
const ledger = await openCometLedger({
	...{ ...consortiumDefinition(members, time), path, socketPath, rpcUrl, readMember, replicaKey: keyOf("replica", member), now: systemClock },
	...{ transactionsPerMinute: 10_000_000, snapshotEvery: 0 },
});
const comet = startComet({ program, home, logFile });
const patients = patientsOf(member);
let serial = 0;
// The first header carries the time of the genesis.
while (ledger.consensus() === undefined || ledger.stalenessMs(systemClock()) > 15_000) await delay(20);
process.send!("ready");

process.on("message", (order: LoadOrder) => {
	void run(order).then((report) => process.send!(report));
});
process.once("SIGTERM", async () => {
	await comet.kill();
	await ledger.close();
	process.exit(0);
});

/** Most that one member is given in a second where nothing but the members' decision holds it up. */
const perSecondMax = 450;

/** As many envelopes as the order can use, signed before its clock runs; the members go on agreeing meanwhile. */
async function sign({ perEnvelope, perSecond, seconds }: LoadOrder): Promise<Envelope[]> {
	const envelopes: Envelope[] = [];
	const wanted = Math.ceil(((perSecond > 0 ? perSecond : perSecondMax) * seconds) / perEnvelope);
	while (envelopes.length < wanted) {
		const grants = Array.from({ length: perEnvelope }, () => signGrant(patients[serial % patients.length]!, Math.floor(serial++ / patients.length)));
		envelopes.push(createEnvelope(grants, { chain, member: memberId(member), key: keyOf("member", member) }));
		await delay(1);
	}
	return envelopes;
}

async function run(order: LoadOrder): Promise<LoadReport> {
	const envelopes = await sign(order);
	await ledger.cosigned(5_000);
	const latenciesMs: number[] = [];
	const unanswered = new Map<Envelope, number>();
	const [cpuBefore, cometBefore] = [process.cpuUsage(), cometCpuMs()];
	let accepted = 0;
	const start = performance.now();
	const endsAt = start + order.seconds * 1_000;
	const submit = async (envelope: Envelope, dueAt: number) => {
		unanswered.set(envelope, dueAt);
		const results = await submitUntilDecided(envelope);
		unanswered.delete(envelope);
		const now = performance.now();
		latenciesMs.push(now - dueAt);
		// What is decided after the time is up is not counted.
		if (order.perSecond > 0 || now < endsAt) accepted += results.filter((result) => result.accepted).length;
	};
	if (order.perSecond > 0) await atRate(envelopes, (1_000 * order.perEnvelope) / order.perSecond, start, submit);
	else {
		const left = envelopes.values();
		const lane = async () => {
			for (const envelope of left) {
				if (performance.now() >= endsAt) return;
				await submit(envelope, performance.now());
			}
		};
		await Promise.all(Array.from({ length: order.inFlight }, lane));
	}
	const { user, system } = process.cpuUsage(cpuBefore);
	// What nobody has answered by now is at least as late as it is.
	if (order.perSecond > 0) for (const dueAt of unanswered.values()) latenciesMs.push(performance.now() - dueAt);
	return { accepted, latenciesMs: [...latenciesMs], cpuMs: (user + system) / 1_000, cometCpuMs: cometCpuMs() - cometBefore };
}

/** As a node does that was told to try again: on a machine that is too busy the members fall silent. */
async function submitUntilDecided(envelope: Envelope): Promise<Awaited<ReturnType<typeof ledger.submit>>> {
	for (;;) {
		try {
			return await ledger.submit(envelope);
		} catch (error) {
			if (!(error instanceof LedgerError) || error.kind !== "again") throw error;
			await delay(500);
		}
	}
}

/** By Linux's /proc, in its ticks of 10 ms. */
function cometCpuMs(): number {
	try {
		const fields = readFileSync(`/proc/${comet.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
		return (Number(fields[11]) + Number(fields[12])) * 10;
	} catch {
		return 0;
	}
}

async function atRate(
	envelopes: readonly Envelope[],
	everyMs: number,
	start: number,
	submit: (envelope: Envelope, dueAt: number) => Promise<void>,
): Promise<void> {
	const answers: Promise<void>[] = [];
	while (answers.length < envelopes.length) {
		const due = Math.min(envelopes.length, Math.floor((performance.now() - start) / everyMs) + 1);
		while (answers.length < due) answers.push(submit(envelopes[answers.length]!, start + answers.length * everyMs).catch(unlessClosed));
		await delay(2);
	}
	await Promise.race([Promise.all(answers), delay(lateMsMax, undefined, { ref: false })]);
}

/** What was still under way when the run was over. */
function unlessClosed(error: unknown): void {
	if (!(error instanceof LedgerError) || error.code !== "LEDGER_CLOSED") throw error;
}

/** A network that falls behind ends a run as well, with what it has answered until then. */
const lateMsMax = 45_000;
