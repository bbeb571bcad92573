import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type AccessLog, createAccessLog, openAccessLog } from "./accessLog.ts";
import { DiskReserve, type EmergencyReserve, emergencyReserveBytes } from "./diskReserve.ts";
import { fsckAccessLog } from "./fsckAccessLog.ts";
import { openLogDatabase } from "./logDatabase.ts";
import { createLogStore } from "./logStore.ts";
import { createTestBench, draftOf, type TestPatient } from "./testing.ts";
import { withReserve } from "./withReserve.ts";

const reason = "x".repeat(500);
const ordinary = (log: AccessLog, patient: TestPatient) => log.append(draftOf(patient.pseudonym), patient);
const emergency = (log: AccessLog, patient: TestPatient) =>
	log.append(draftOf(patient.pseudonym, { emergencyReason: reason, purpose: "ETREAT" }), { ...patient, isEmergency: true });
const codeOf = (work: Promise<unknown>) => work.then(() => "logged").catch((error: { code?: string }) => error.code ?? String(error));

/** A disk of so many pages, and a reserve that gives a few back at a time. */
async function openSmallDisk({ pages, slices }: { readonly pages: number; readonly slices: number }) {
	const bench = await createTestBench();
	const db = openLogDatabase(bench.path);
	let [max, left, isOpen, mayClose] = [pages, slices, false, false];
	const limit = () => db.exec(`PRAGMA max_page_count = ${max}`);
	limit();
	const reserve: EmergencyReserve = {
		get isOpen() {
			return isOpen;
		},
		release() {
			isOpen = true;
			if (left === 0) return false;
			left--;
			max += 16;
			limit();
			return true;
		},
		async close() {
			if (mayClose) isOpen = false;
			return !isOpen;
		},
	};
	const log = createAccessLog(createLogStore(db), { ...bench.parameters, reserve });
	const anna = await bench.enrol("anna");
	while ((await codeOf(ordinary(log, anna))) === "logged");
	const makeRoom = () => {
		max += 10_000;
		limit();
		mayClose = true;
	};
	return { bench, log, anna, makeRoom, slicesLeft: () => left };
}

describe("[AL20] a full disk", () => {
	it("takes emergencies from what is reserved for them, and nothing else", async () => {
		const { bench, log, anna, slicesLeft } = await openSmallDisk({ pages: 40, slices: 4 });
		const before = log.size();
		for (let count = 0; count < 20; count++) {
			expect(await codeOf(emergency(log, anna))).toBe("logged");
			expect(await codeOf(ordinary(log, anna))).toBe("ACCESS_LOG_WRITE_FAILED");
		}
		expect(log.size()).toBe(before + 20);
		expect(slicesLeft()).toBeLessThan(4);
		await log.close();
		expect(fsckAccessLog(bench.path)).toMatchObject({ entries: before + 20, findings: [] });
	});

	it("rejects the ordinary entries of a group and logs the emergency in it, whole and in order", async () => {
		const { bench, log, anna } = await openSmallDisk({ pages: 40, slices: 4 });
		const bela = await bench.enrol("bela");
		const mixed = [ordinary(log, bela), emergency(log, anna), ordinary(log, anna), emergency(log, bela), emergency(log, anna)];
		const full = "ACCESS_LOG_WRITE_FAILED";
		expect(await Promise.all(mixed.map(codeOf))).toEqual([full, "logged", full, "logged", "logged"]);
		await log.close();
		expect(fsckAccessLog(bench.path).findings).toEqual([]);
	});

	it("refuses emergencies too when nothing is left, and mints nothing for them", async () => {
		const { bench, log, anna } = await openSmallDisk({ pages: 40, slices: 1 });
		let logged = 0;
		while ((await codeOf(emergency(log, anna))) === "logged") logged++;
		expect(logged).toBeGreaterThan(0);
		const size = log.size();
		await log.close();
		expect(fsckAccessLog(bench.path)).toMatchObject({ entries: size, findings: [] });
	});

	it("is over when the room was taken again: ordinary entries are logged as before", async () => {
		const { log, anna, makeRoom } = await openSmallDisk({ pages: 40, slices: 4 });
		expect(await codeOf(emergency(log, anna))).toBe("logged");
		makeRoom();
		expect(await codeOf(ordinary(log, anna))).toBe("logged");
	});
});

describe("the reserve's file", () => {
	const open = (sizeBytes: number) => {
		const folder = mkdtempSync(join(tmpdir(), "aceso-reserve-"));
		onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
		const path = join(folder, "access.db-reserve");
		const randomBytes = (size: number) => new Uint8Array(size).fill(7);
		return { path, reserve: new DiskReserve({ path, sizeBytes, randomBytes }), again: () => new DiskReserve({ path, sizeBytes, randomBytes }) };
	};

	it("[AL20] holds its size on the disk, gives it back slice by slice, and takes it again", async () => {
		const { path, reserve, again } = open(3 * 2 ** 20 + 5);
		await reserve.fill();
		expect([statSync(path).size, reserve.isOpen]).toEqual([3 * 2 ** 20 + 5, false]);
		expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(3 * 2 ** 20);
		expect([reserve.release(), statSync(path).size, reserve.isOpen]).toEqual([true, 2 * 2 ** 20 + 5, true]);
		for (let slice = 0; slice < 3; slice++) expect(reserve.release()).toBe(true);
		expect([reserve.release(), statSync(path).size]).toEqual([false, 0]);
		expect(again().heldBytes).toBe(0);
		expect([await reserve.close(0), reserve.isOpen, statSync(path).size]).toEqual([true, false, 3 * 2 ** 20 + 5]);
		expect(again().heldBytes).toBe(3 * 2 ** 20 + 5);
	});

	it("[AL20] is not what fills a disk: where little is free it is not made", async () => {
		const { path, reserve } = open(2 ** 50);
		await reserve.fill();
		expect(statSync(path).size).toBe(0);
	});

	it("[AL20] is made only where 32 MiB stay free beside it", async () => {
		const folder = mkdtempSync(join(tmpdir(), "aceso-reserve-"));
		onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
		// Nothing is written: the first slice that is asked for ends it.
		const randomBytes = () => {
			throw Object.assign(new Error("asked for a slice"), { code: "EXPECTED" });
		};
		const besideIt = (spareBytes: number) => {
			const [path, sizeBytes] = [join(folder, `${spareBytes}`), 5 * 2 ** 20];
			return new DiskReserve({ path, sizeBytes, randomBytes, freeBytes: () => sizeBytes + spareBytes }).fill().then(
				() => "not made",
				(error: { readonly code: string }) => error.code,
			);
		};
		expect([await besideIt(32 * 2 ** 20 - 1), await besideIt(32 * 2 ** 20)]).toEqual(["not made", "EXPECTED"]);
	});

	it("[AL20] a release while it is being filled ends that", async () => {
		const { path, reserve } = open(8 * 2 ** 20);
		const filling = reserve.fill();
		reserve.release();
		await filling;
		expect(statSync(path).size).toBe(reserve.heldBytes);
		expect(reserve.heldBytes).toBeLessThan(8 * 2 ** 20);
	});
});

it("[AL20] what a full disk does to a fill leaves the reserve as it was; any other fault is told", async () => {
	for (const [code, outcome] of [
		["ENOSPC", "filled"],
		["EIO", "EIO"],
	] as const) {
		const path = join(mkdtempSync(join(tmpdir(), "aceso-reserve-")), "reserve");
		const randomBytes = () => {
			throw Object.assign(new Error("no slice"), { code });
		};
		const reserve = new DiskReserve({ path, sizeBytes: 2 ** 20, randomBytes });
		expect(
			await reserve.fill().then(
				() => "filled",
				(error: { readonly code: string }) => error.code,
			),
		).toBe(outcome);
		expect([reserve.heldBytes, reserve.isOpen, statSync(path).size]).toEqual([0, false, 0]);
	}
});

it("[AL20] the gate's own notes of an emergency take room from the reserve too, and nothing but a full disk does", () => {
	let slices = 3;
	const reserve = { isOpen: false, release: () => slices-- > 0, close: async () => true };
	const failing = (times: number, errcode: number) => () => {
		if (times-- > 0) throw Object.assign(new Error("disk"), { errcode });
		return "noted";
	};
	expect(withReserve(reserve, failing(2, 13))).toBe("noted");
	expect(slices).toBe(1);
	expect(() => withReserve(reserve, failing(1, 10))).toThrow("disk");
	expect(slices).toBe(1);
	expect(() => withReserve(reserve, failing(9, 13))).toThrow("disk");
	expect(() => withReserve(undefined, failing(1, 13))).toThrow("disk");
});

/** A disk of its own, really full. */
function mountDisk(megabytes: number): string | undefined {
	const folder = mkdtempSync(join(tmpdir(), "aceso-disk-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	try {
		execFileSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "ignore" });
	} catch {
		return undefined;
	}
	onTestFinished(() => void execFileSync("/bin/umount", ["-l", folder], { stdio: "ignore" }));
	return folder;
}

it("[AL20] on a disk that is really full the commit thread logs emergencies out of the reserve", async (test) => {
	const disk = mountDisk(96);
	if (disk === undefined) return test.skip("only root can mount a disk of its own");
	const bench = await createTestBench();
	const home = join(disk, "log");
	mkdirSync(home);
	const path = join(home, "access.db");
	const reserve = new DiskReserve({ path: `${path}-reserve`, sizeBytes: 24 * 2 ** 20, randomBytes: bench.parameters.randomBytes });
	await reserve.fill();
	expect(reserve.heldBytes).toBe(24 * 2 ** 20);
	const log = await openAccessLog({ path, ...bench.parameters, reserve });
	const anna = await bench.enrol("anna");
	await ordinary(log, anna);
	fillDisk(disk);
	while ((await codeOf(ordinary(log, anna))) === "logged");
	const before = log.size();
	// A hundred alone, each in a commit of its own; then many together.
	for (let count = 0; count < 100; count++) expect(await codeOf(emergency(log, anna))).toBe("logged");
	for (let group = 0; group < 19; group++) {
		const codes = await Promise.all(Array.from({ length: 100 }, () => codeOf(emergency(log, anna))));
		expect(new Set(codes)).toEqual(new Set(["logged"]));
	}
	expect(log.size()).toBe(before + 2_000);
	// At this rate what a node reserves is enough for 10,000.
	expect(24 * 2 ** 20 - reserve.heldBytes).toBeLessThanOrEqual((emergencyReserveBytes * 2_000) / 10_000);
	await log.close();
	for (const name of readdirSync(disk)) if (name.startsWith("filler")) rmSync(join(disk, name));
	expect(fsckAccessLog(path)).toMatchObject({ entries: before + 2_000, findings: [] });
});

/** Another program's file, as large as it gets. */
function fillDisk(disk: string): void {
	for (let size = 2 ** 26; size >= 2 ** 12; size /= 2) {
		for (let part = 0; ; part++) {
			try {
				writeFileSync(join(disk, `filler-${size}-${part}`), new Uint8Array(size));
			} catch {
				rmSync(join(disk, `filler-${size}-${part}`), { force: true });
				break;
			}
		}
	}
}
