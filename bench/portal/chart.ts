import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { MemberId } from "#base";
import { dataClasses } from "#contracts";
import { type DemoRelationship, loadDemoCast, systemRandom } from "#node";
import { signRequest } from "#wallet";
import { beginVisit } from "../../portal/testing/beginVisit.ts";
import { fileResults } from "../../portal/testing/fileResults.ts";
import type { ServedPortal } from "../../portal/testing/servePortal.ts";
import { type BenchRow, benchRow, median } from "../benchRow.ts";
import { benchMember, openWindow, withPortal } from "./portalBench.ts";

const [doctor, patient] = ["dr-marsh", "maria-sandoval"] as const;
const resources = 500;
const rounds = 7;

/**
 * From a doctor's click to a chart of 500 resources that can be used: what is new and the list are drawn, and the page's own thread is free again.
 * Nearly all of it came since the last visit, the worst case. Beside it: from a click to the same list by kind, and the longest task. Baseline: the
 * same release by the gate in this process, as text.
 */
export async function portalChart(): Promise<BenchRow> {
	return withPortal(async (served, browser) => {
		const localId = localIdOf(served);
		const { page, close } = await openWindow(browser, doctor);
		await page.addInitScript(
			"window.tasks = []; new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })",
		);
		const url = `${served.addressOf(benchMember)}/patients/${localId}`;
		await openChart(page, url);
		await beginVisit(page);
		await fileResults(served, { person: patient, member: benchMember, count: resources - (await countOf(page)), lastDay: "2026-01-01" });
		const [usable, switched, bare, tasks]: [number[], number[], number[], number[]] = [[], [], [], []];
		for (let round = -1; round < rounds; round++) {
			const usableMs = await openChart(page, url);
			const found = await countOf(page);
			if (found !== resources) throw new Error(`expected a chart of ${resources} resources, found ${found}`);
			const switchMs = await switchList(page);
			const longestMs = (await page.evaluate("Math.max(0, ...tasks)")) as number;
			const bareMs = await releaseHere(served, localId);
			// The first round warms the node.
			if (round < 0) continue;
			usable.push(usableMs);
			switched.push(switchMs);
			tasks.push(longestMs);
			bare.push(bareMs);
		}
		await close();
		const more = {
			switchMs: Math.round(median(switched)),
			longestTaskMs: Math.round(Math.max(...tasks)),
			slowestMs: Math.round(Math.max(...usable)),
		};
		const row = {
			name: "portal.chart",
			value: median(usable),
			unit: "ms",
			baseline: median(bare),
			baselineIs: "the same release in the node's process",
		};
		return benchRow({ ...row, ...more, resources, rounds });
	});
}

const localIdOf = ({ network }: ServedPortal) =>
	loadDemoCast(network)
		.person(patient)
		.records.find(({ institution }) => institution === benchMember)?.localId ?? "";

/** A frame was drawn and the page's own thread took up something else. */
const untilFree = (page: Page) => page.evaluate("new Promise((free) => requestAnimationFrame(() => setTimeout(free)))");

/** @returns From the click until the chart is there, in ms. */
async function openChart(page: Page, url: string): Promise<number> {
	await page.goto(url);
	const open = page.getByRole("button", { name: "Open the chart" });
	await open.waitFor();
	await page.evaluate("tasks.length = 0");
	const begunMs = performance.now();
	await open.click();
	await page.locator(".timeline .item").first().waitFor();
	await untilFree(page);
	return performance.now() - begunMs;
}

/** @returns From the click until the list stands by kind, in ms. */
async function switchList(page: Page): Promise<number> {
	const begunMs = performance.now();
	await page.getByText("By kind", { exact: true }).click();
	await page.locator(".group h2").getByText("Lab results").waitFor();
	await untilFree(page);
	return performance.now() - begunMs;
}

const countOf = async (page: Page) => Number(/^\d+/.exec(await page.getByText(/^\d+ entries$/).innerText())?.[0]);

async function releaseHere({ network, folder }: ServedPortal, localId: string): Promise<number> {
	const known = JSON.parse(readFileSync(join(folder, "demo", "relationships.json"), "utf8")) as Record<string, DemoRelationship>;
	const relationship = known[`${doctor}/${patient}`];
	const asked = {
		kind: "read",
		patient: { by: "local", localId },
		purpose: "TREAT",
		classes: dataClasses,
		level: "identified",
		relationship,
	} as const;
	const member = benchMember as MemberId;
	const { signingKey } = loadDemoCast(network).staff(doctor);
	const begunMs = performance.now();
	const request = signRequest(signingKey, asked, {
		...{ audience: member, via: member, nowMs: network.now(), nonce: systemRandom(16) },
	});
	const text = JSON.stringify(await network.institution(benchMember).gate.release(request));
	const ms = performance.now() - begunMs;
	if (JSON.parse(text).resources.length !== resources) throw new Error("expected the gate to release the whole chart");
	return ms;
}
