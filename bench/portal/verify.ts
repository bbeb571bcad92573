import { createSigningKey, type MemberId, systemClock } from "#base";
import type { AccessEntryDraft } from "#contracts";
import { witnessesOf } from "#ledger";
import { loadDemoCast, pseudonymKeyOf, systemRandom } from "#node";
import { signRequest, verifyHistory } from "#wallet";
import type { ServedPortal } from "../../portal/testing/servePortal.ts";
import { type BenchRow, benchRow, median } from "../benchRow.ts";
import { benchMember, benchPerson, openWindow, withPortal } from "./portalBench.ts";

const accesses = 10_000;
const rounds = 3;
/** Making 10,000 proofs on a loaded machine takes a node long. */
const timeoutMs = 120_000;

/**
 * A history of 10,000 accesses, verified by the portal's worker in Chromium: the check alone, as the page itself states it. Beside it: from the
 * question to the verdict on the page, and the longest task of the page's own thread meanwhile. Baseline: the same history verified by Node.
 */
export async function portalVerify(): Promise<BenchRow> {
	return withPortal(async (served, browser) => {
		await fillLog(served);
		const baseline = await verifyInNode(served);
		const { page, close } = await openWindow(browser);
		page.setDefaultTimeout(timeoutMs);
		await page.addInitScript(
			"window.tasks = []; new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })",
		);
		await page.goto(`${served.addressOf(benchMember)}/who-looked`);
		await page.locator("main [data-verdict=verified]").first().waitFor();
		await page.getByText("What was checked").click();
		const [checks, shown]: [number[], number[]] = [[], []];
		await page.evaluate("tasks.length = 0");
		for (let round = 0; round < rounds; round++) {
			const begunMs = performance.now();
			await page.getByRole("button", { name: "Check again" }).click();
			await page.locator("main button[data-loading]").waitFor();
			await page.locator("main button[data-loading]").waitFor({ state: "detached" });
			shown.push(performance.now() - begunMs);
			const told = await page.getByText(/looks were checked in/).innerText();
			checks.push(Number(/in ([\d.]+) seconds/.exec(told)?.[1]) * 1_000);
		}
		const longestTaskMs = Math.round((await page.evaluate("Math.max(0, ...tasks)")) as number);
		await close();
		const more = { untilShownMs: Math.round(median(shown)), longestTaskMs, accesses, rounds };
		return benchRow({ name: "portal.verify", value: median(checks), unit: "ms", baseline, baselineIs: "the same history in Node", ...more });
	});
}

const patientOf = ({ network }: ServedPortal) => pseudonymKeyOf(loadDemoCast(network).person(benchPerson), benchMember);

/** Reads by one doctor, as they stand in a log; a tenth of them refused. */
async function fillLog(served: ServedPortal): Promise<void> {
	const { network } = served;
	const { log, keyring, gate } = network.institution(benchMember);
	const pseudonym = patientOf(served).publicKey;
	const subject = await keyring.subjectOf(pseudonym);
	if (subject === undefined) throw new Error("expected the person of the benchmark to be enrolled");
	const requester = createSigningKey(systemRandom(32)).publicKey;
	const draft = (at: number): AccessEntryDraft => ({
		...{ time: network.now(), member: benchMember as MemberId, via: benchMember as MemberId, requester, requesterKind: "person", pseudonym },
		...{ action: "read", purpose: "TREAT", compartments: ["conditions", "laboratory"], level: "identified", count: 7 },
		...{ decision: at % 10 === 0 ? "deny" : "permit", reasons: [at % 10 === 0 ? "GRANTEE_DIFFERS" : "PERMITTED_BY_CONSENT"], consents: [] },
		...{ height: network.ledger.head().height, stalenessMs: 0, model: "", emergencyReason: "" },
	});
	for (let done = 0; done < accesses; done += 1_000) {
		await Promise.all(Array.from({ length: 1_000 }, (_, at) => log.append(draft(done + at), { subject })));
	}
	await gate.anchor(true);
	await network.ledger.cosigned(5_000);
}

async function verifyInNode(served: ServedPortal): Promise<number> {
	const { network } = served;
	const { gate, id } = network.institution(benchMember);
	const key = patientOf(served);
	const body = { kind: "history", patient: { by: "pseudonym", pseudonym: key.publicKey } } as const;
	const request = signRequest(key, body, { audience: id, via: id, nowMs: network.now(), nonce: systemRandom(16) });
	const history: unknown = JSON.parse(JSON.stringify(await gate.showHistory(request)));
	const trust = {
		chain: network.genesis.chain,
		ledgerKey: network.genesis.sealer,
		witnesses: witnessesOf(network.genesis),
		pseudonym: key.publicKey,
	};
	const times: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const begunMs = performance.now();
		const { ok } = verifyHistory(history, { ...trust, now: systemClock() });
		if (!ok) throw new Error("expected the history to verify");
		times.push(performance.now() - begunMs);
	}
	return median(times);
}
