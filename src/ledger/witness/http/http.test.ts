import { copyFileSync } from "node:fs";
import { connect } from "node:net";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "#base";
import { decodeEntryBundle, encodeAddCheckpoint, openNote } from "#log";
import { verifyCheckpoint } from "../../light/verifyCheckpoint.ts";
import type { Sealer } from "../../sealer/sealer.ts";
import { linkOver, listen, serveToyLog, serveToyWitness } from "../../testing/httpToys.ts";
import { openToySealer, temporaryPath } from "../../testing/openToySealer.ts";
import { chain, put, sealerKey, submit, toyKey } from "../../testing/toyLedger.ts";
import { toyWitness } from "../../testing/toyWitness.ts";
import { catchUp } from "../catchUp.ts";
import { comparePeers } from "./comparePeers.ts";
import { createHttpTileSource } from "./httpTileSource.ts";
import { witnessPrefix } from "./httpWitnessLink.ts";
import { RequestRate } from "./requestRate.ts";
import { parseServiceUrl } from "./serviceUrl.ts";

const trust = { origin: chain, sealerKey: sealerKey.publicKey, witnesses: [toyWitness("laboratory")] };
const code = (expected: string) => expect.objectContaining({ code: expected });

async function filled(puts = 2): Promise<Sealer> {
	const sealer = await openToySealer();
	const all = Array.from({ length: puts }, (_, i) => put(`k${i}`, i));
	while (all.length > 0) await submit(sealer, ...all.splice(0, 256));
	return sealer;
}

/** What a log asks of a witness, by plain HTTP. */
async function post(url: string, { oldSize = 0, proof = [] as Uint8Array[], checkpoint = "" }, path = "/add-checkpoint") {
	const body = new Uint8Array(encodeAddCheckpoint({ oldSize, proof, checkpoint }));
	const response = await fetch(url + path, { method: "POST", body });
	return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
}

const proofFrom = (sealer: Sealer, from: number) => sealer.proveConsistency(from).map((hash) => new Uint8Array(Buffer.from(hash, "hex")));

describe("a log over HTTP", () => {
	it("[LW30] has the types, lengths and cache headers of tlog-tiles, and says of what is not there only that it is not there now", async () => {
		const sealer = await filled(256);
		const { url } = await serveToyLog(() => sealer);
		const get = async (path: string) => fetch(`${url}/${path}`, { headers: { "accept-encoding": "identity" } });
		const facts = ({ status, headers }: Response) => [status, headers.get("content-type"), headers.get("cache-control")];
		const forever = "public, max-age=31536000, immutable";
		expect(facts(await get("checkpoint"))).toEqual([200, "text/plain; charset=utf-8", "no-cache"]);
		for (const [path, length] of [
			["tile/0/000", 8_192],
			["tile/1/000.p/1", 32],
			["tile/0/001.p/2", 64],
			["tile/entries/001.p/2", undefined],
		] as const) {
			const response = await get(path);
			expect(facts(response)).toEqual([200, "application/octet-stream", forever]);
			const body = await response.arrayBuffer();
			if (length !== undefined) expect(body.byteLength).toBe(length);
		}
		for (const path of ["tile/0/001.p/3", "tile/0/001", "tile/0/1", "tile/2/000.p/1", "tile/entries/002.p/1", "nothing", ""]) {
			expect(facts(await get(path)).slice(0, 3)).toEqual([404, "text/plain; charset=utf-8", "no-cache"]);
		}
	});

	it("[LW30] sends bundles gzipped to who takes it, and as they are to who does not", async () => {
		const sealer = await filled(255);
		const { url } = await serveToyLog(() => sealer);
		const [taken, plain, refused] = await Promise.all(
			["br, gzip;q=0.5", "identity", "gzip;q=0"].map((coding) => rawGet(`${url}/tile/entries/000`, coding)),
		);
		expect(taken!.head).toContain("content-encoding: gzip");
		expect(taken!.head).toContain("vary: accept-encoding");
		expect(plain!.head).not.toContain("content-encoding");
		expect(refused!.head).not.toContain("content-encoding");
		expect(gunzipSync(taken!.body)).toEqual(plain!.body);
		expect(refused!.body).toEqual(plain!.body);
		expect(taken!.body.length).toBeLessThan(plain!.body.length / 2);
		expect(decodeEntryBundle(plain!.body, 256)).toHaveLength(256);
	});
});

/** A GET whose body nothing decompresses. */
function rawGet(url: string, acceptEncoding: string): Promise<{ readonly head: string; readonly body: Buffer }> {
	const { host, hostname, port, pathname } = new URL(url);
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		const socket = connect(Number(port), hostname, () => {
			socket.write(`GET ${pathname} HTTP/1.0\r\nHost: ${host}\r\nAccept-Encoding: ${acceptEncoding}\r\n\r\n`);
		});
		socket.on("data", (chunk) => chunks.push(chunk));
		socket.on("error", reject);
		socket.on("end", () => {
			const all = Buffer.concat(chunks);
			const split = all.indexOf("\r\n\r\n");
			resolve({ head: all.subarray(0, split).toString().toLowerCase(), body: all.subarray(split + 4) });
		});
	});
}

describe("a witness over HTTP", () => {
	it("[LW31] answers add-checkpoint with the statuses, types and bodies of tlog-witness", async () => {
		const sealer = await filled();
		const { url: log } = await serveToyLog(() => sealer);
		const { url, witness } = await serveToyWitness("laboratory", log);
		const checkpoint = sealer.checkpoint();
		const plain = "text/plain; charset=utf-8";
		expect(await post(url, { oldSize: 5, checkpoint })).toMatchObject({ status: 400, type: plain });
		expect(await post(url, { checkpoint: "nonsense" })).toMatchObject({ status: 404 });
		expect(await post(url, { checkpoint: checkpoint.replace(chain, "other-chain") })).toMatchObject({ status: 404 });
		expect(await post(url, { checkpoint: checkpoint.replace("\n4\n", "\n3\n") })).toMatchObject({ status: 403 });
		expect(await post(url, { checkpoint, proof: [new Uint8Array(32)] })).toMatchObject({ status: 422 });
		const cosigned = await post(url, { checkpoint });
		expect(cosigned).toMatchObject({ status: 200, type: plain });
		expect(cosigned.body).toMatch(/^— laboratory [A-Za-z0-9+/=]+\n$/);
		expect(openNote(checkpoint + cosigned.body, [{ ...toyWitness("laboratory"), type: "cosignature/v1" }]).signatures).toHaveLength(1);
		await submit(sealer, put("later", 1));
		expect(await post(url, { checkpoint: sealer.checkpoint() })).toEqual({ status: 409, type: "text/x.tlog.size", body: "4\n" });
		expect(await post(url, { oldSize: 4, proof: proofFrom(sealer, 4), checkpoint: sealer.checkpoint() })).toMatchObject({ status: 200 });
		expect(witness.size).toBe(6);
	});

	it("[LW31] takes no other method, no other address, and no request that is too large", async () => {
		const { url } = await serveToyWitness("laboratory", "http://127.0.0.1:1/log");
		expect((await fetch(`${url}/add-checkpoint`)).status).toBe(405);
		expect((await fetch(`${url}/status`, { method: "DELETE" })).status).toBe(405);
		for (const path of ["/", "/add-checkpoint/", "/add-checkpoint?x=1", "/../witness.key", "/%2e%2e/witness.db"])
			expect((await fetch(url + path)).status).toBe(404);
		const large = await fetch(`${url}/add-checkpoint`, { method: "POST", body: "a".repeat(96 * 1024 + 1) });
		expect(large.status).toBe(413);
		expect((await fetch(`${url}/status`)).status).toBe(200);
	});

	it("[LW32] shows what it cosigned, with the cosignature it gave, and its own copy of the log: a reader need not ask the sealer", async () => {
		const sealer = await filled(300);
		const log = await serveToyLog(() => sealer);
		const { url } = await serveToyWitness("laboratory", log.url);
		const own = createHttpTileSource({ url: witnessPrefix(url, chain) });
		expect(await own("checkpoint")).toBeUndefined();
		const answer = await post(url, { checkpoint: sealer.checkpoint() });
		const shown = Buffer.from((await own("checkpoint"))!).toString();
		expect(shown.endsWith(answer.body)).toBe(true);
		expect(verifyCheckpoint(shown, trust)).toMatchObject({ size: sealer.head().logSize, standing: "witnessed" });
		await log.close();
		expect(decodeEntryBundle((await own("tile/entries/001.p/47"))!, 47)).toHaveLength(47);
		expect(await own("tile/0/000")).toHaveLength(8_192);
		const status = (await (await fetch(`${url}/status`)).json()) as object;
		expect(status).toEqual({ name: "laboratory", key: toyKey("laboratory").publicKey, chain, size: sealer.head().logSize, evidence: [] });
	});

	it("[LW33] sealer and witnesses over sockets: cosigned, gone on without one that is stopped, taken up again when it is back", async () => {
		let sealer: Sealer | undefined;
		const log = await serveToyLog(() => sealer);
		const path = temporaryPath("laboratory.witness");
		const [first, harbor] = [await serveToyWitness("laboratory", log.url, { path }), await serveToyWitness("harbor", log.url)];
		const both = { ...trust, witnesses: ["laboratory", "harbor"].map(toyWitness) };
		const port = Number(new URL(first.url).port);
		sealer = await openToySealer(undefined, { witnesses: [first.link, harbor.link], witnessIntervalMs: 5, heartbeatMs: 20 });
		await submit(sealer, put("a", 1));
		expect(await sealer.cosigned(5_000)).toBe(true);
		expect(verifyCheckpoint(sealer.checkpoint(), both).witnesses).toHaveLength(2);
		await first.close();
		await first.witness.close();
		await submit(sealer, put("b", 1));
		expect(await sealer.cosigned(5_000)).toBe(true);
		expect(verifyCheckpoint(sealer.checkpoint(), both)).toMatchObject({ standing: "witnessed", witnesses: ["harbor"] });
		const again = await serveToyWitness("laboratory", log.url, { path, port });
		await expect.poll(() => again.witness.size).toBe(sealer.head().logSize);
		await expect.poll(() => verifyCheckpoint(sealer!.checkpoint(), both).witnesses.length).toBe(2);
	});

	it("[LW33] yesterday's file, and a lost one, are refused at the start by what a witness shows over HTTP", async () => {
		const [path, backup, nothing] = [temporaryPath(), temporaryPath(), temporaryPath()];
		let sealer: Sealer | undefined;
		const log = await serveToyLog(() => sealer);
		const { link, close } = await serveToyWitness("laboratory", log.url);
		const reached: number[] = [];
		const onWitnessesAsked = (asked: { readonly reached: number; readonly of: number }) => void reached.push(asked.reached);
		const open = (at: string) => openToySealer(at, { witnesses: [link], witnessIntervalMs: 5, onWitnessesAsked });
		sealer = await open(path);
		await submit(sealer, put("yesterday", 1));
		await sealer.close();
		copyFileSync(path, backup);
		sealer = await open(path);
		await submit(sealer, put("today", 1));
		expect(await sealer.cosigned(5_000)).toBe(true);
		await sealer.close();
		await expect(open(backup)).rejects.toEqual(code("LEDGER_ROLLED_BACK"));
		await expect(open(nothing)).rejects.toEqual(code("LEDGER_ROLLED_BACK"));
		sealer = await open(path);
		expect(sealer.head().logSize).toBe(5);
		await sealer.close();
		expect(new Set(reached)).toEqual(new Set([1]));
		// Without a witness that can be reached nobody can know: it says so, opens, and what it signs stays one party's word.
		await close();
		const alone = await open(backup);
		await submit(alone, put("instead", 1));
		expect(reached.at(-1)).toBe(0);
		expect(await alone.cosigned(100)).toBe(false);
		expect(verifyCheckpoint(alone.checkpoint(), trust).standing).toBe("signed by one party");
		expect(alone.witnessedCheckpoint()).toBeUndefined();
	});

	it("[LW34] two sealers with one key show two histories to two witnesses: each is cosigned, and comparing finds it, from either side", async () => {
		const [one, two] = [await filled(2), await filled(5)];
		const [logOne, logTwo] = [await serveToyLog(() => one), await serveToyLog(() => two)];
		const [behind, ahead] = [await serveToyWitness("laboratory", logOne.url), await serveToyWitness("harbor", logTwo.url)];
		expect((await post(behind.url, { checkpoint: one.checkpoint() })).status).toBe(200);
		expect((await post(ahead.url, { checkpoint: two.checkpoint() })).status).toBe(200);
		expect(await comparePeers({ witness: behind.witness, chain, peers: [ahead.url] })).toEqual([{ peer: ahead.url, outcome: "split" }]);
		expect(await comparePeers({ witness: ahead.witness, chain, peers: [behind.url] })).toEqual([{ peer: behind.url, outcome: "split" }]);
		for (const { url, witness } of [behind, ahead]) {
			expect(witness.evidence()).toMatchObject([{ code: "EVIDENCE_SPLIT_VIEW" }]);
			const { evidence } = (await (await fetch(`${url}/status`)).json()) as { evidence: { ours: string; theirs: string }[] };
			for (const note of [evidence[0]!.ours, evidence[0]!.theirs]) expect(verifyCheckpoint(note, trust).size).toBeGreaterThan(0);
			expect(await post(url, { oldSize: witness.size, checkpoint: one.checkpoint() })).not.toMatchObject({ status: 200 });
		}
	});

	it("[LW34] a peer that is absent, shows nonsense, or tiles that lead nowhere, convinces of nothing", async () => {
		const sealer = await filled();
		const log = await serveToyLog(() => sealer);
		const { witness, url } = await serveToyWitness("laboratory", log.url);
		await post(url, { checkpoint: sealer.checkpoint() });
		const other = await filled(9);
		const nonsense = await listen((_, response) => response.writeHead(200, { "content-type": "text/plain" }).end("nonsense"));
		const liar = await listen(({ url: path = "" }, response) =>
			path.endsWith("/checkpoint")
				? response.writeHead(200, { "content-type": "text/plain" }).end(other.checkpoint())
				: response.writeHead(200, { "content-type": "application/octet-stream" }).end(new Uint8Array(10 * 32)),
		);
		const peers = ["http://127.0.0.1:1", nonsense.url, liar.url];
		expect((await comparePeers({ witness, chain, peers })).map(({ outcome }) => outcome)).toEqual(["silent", "silent", "larger"]);
		expect(witness.evidence()).toEqual([]);
	});

	it("[LW35] a witness that was away catches up by itself, and says so when the sealer shows less than it holds", async () => {
		const [path, backup] = [temporaryPath(), temporaryPath()];
		let sealer: Sealer | undefined = await openToySealer(path);
		const log = await serveToyLog(() => sealer);
		const { witness } = await serveToyWitness("laboratory", log.url);
		const source = createHttpTileSource({ url: log.url });
		await submit(sealer, ...Array.from({ length: 200 }, (_, i) => put(`k${i}`, i)));
		expect((await catchUp(witness, source)).status).toBe(200);
		expect((await catchUp(witness, source)).status).toBe("up to date");
		await sealer.close();
		copyFileSync(path, backup);
		sealer = await openToySealer(path);
		await submit(sealer, ...Array.from({ length: 200 }, (_, i) => put(`k${i}`, i)));
		expect((await catchUp(witness, source)).status).toBe(200);
		expect(witness.size).toBe(sealer.head().logSize);
		await sealer.close();
		sealer = await openToySealer(backup);
		expect((await catchUp(witness, source)).status).toBe("behind");
		sealer = undefined;
		await log.close();
		expect((await catchUp(witness, source)).status).toBe("unreachable");
	});
});

describe("abuse", () => {
	it("[LW36] a witness asks its sealer's address for tiles and nothing else: no redirect is followed, no path comes from a request", async () => {
		const sealer = await filled();
		const elsewhere = await listen((_, response) => response.writeHead(200, { "content-type": "application/octet-stream" }).end("secret"));
		const log = await listen(({ url = "" }, response) => response.writeHead(302, { location: `${elsewhere.url}${url}` }).end());
		const { url, witness } = await serveToyWitness("laboratory", `${log.url}/log`);
		expect(await post(url, { checkpoint: sealer.checkpoint() })).toMatchObject({ status: 503, body: "LOG_TILE_UNAVAILABLE\n" });
		expect(log.asked).toEqual(["/log/tile/entries/000.p/4"]);
		expect(elsewhere.asked).toEqual([]);
		expect(witness.evidence()).toEqual([]);
		const source = createHttpTileSource({ url: `${log.url}/log` });
		for (const path of ["../secret", "tile/../../secret", "http://169.254.169.254/", "tile/0/000?x", "//127.0.0.1/x"])
			expect(await source(path)).toBeUndefined();
		expect(log.asked).toHaveLength(1);
	});

	it("[LW36] what the sealer did not sign, or what does not continue the tip, makes it fetch nothing", async () => {
		const sealer = await filled();
		const log = await serveToyLog(() => sealer);
		const { url } = await serveToyWitness("laboratory", log.url);
		const forged = sealer.checkpoint().replace("\n4\n", "\n9007199254740991\n");
		expect(await post(url, { checkpoint: forged })).toMatchObject({ status: 403 });
		expect(await post(url, { checkpoint: sealer.checkpoint(), oldSize: 3 })).toMatchObject({ status: 409 });
		expect(await post(url, { checkpoint: sealer.checkpoint(), proof: [new Uint8Array(32)] })).toMatchObject({ status: 422 });
		expect(log.asked).toEqual([]);
	});

	it("[LW36] a bundle that is larger than one can be, or grows while it is unpacked, is not received; nobody is blamed", async () => {
		const sealer = await filled();
		const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
		let sent = 0;
		const endless = await listen((_, response) => {
			response.writeHead(200, { "content-type": "application/octet-stream" });
			const chunk = new Uint8Array(1024 * 1024);
			const more = () => {
				while (!response.destroyed && sent < 1024) {
					sent++;
					if (!response.write(chunk)) return;
				}
			};
			response.on("drain", more);
			more();
		});
		const packed = await listen((_, response) =>
			response.writeHead(200, { "content-type": "application/octet-stream", "content-encoding": "gzip" }).end(bomb),
		);
		for (const { url: log } of [endless, packed]) {
			const { url, witness } = await serveToyWitness("laboratory", log);
			expect(await post(url, { checkpoint: sealer.checkpoint() })).toMatchObject({ status: 503, body: "LOG_TILE_UNAVAILABLE\n" });
			expect(witness.evidence()).toEqual([]);
		}
		expect(sent).toBeLessThan(64);
	});

	it("[LW36] tiles that do not hash to what was signed are refused without blame, and the right ones are taken later", async () => {
		const [sealer, other] = [await filled(), await filled()];
		let shown = other;
		const log = await serveToyLog(() => shown);
		const { url, witness } = await serveToyWitness("laboratory", log.url);
		expect(await post(url, { checkpoint: sealer.checkpoint() })).toMatchObject({ status: 422, body: "LEDGER_PROOF_INVALID\n" });
		expect(witness.evidence()).toEqual([]);
		shown = sealer;
		expect(await post(url, { checkpoint: sealer.checkpoint() })).toMatchObject({ status: 200 });
	});

	it("[LW36] a request that is sent slower than the time for it is cut off, and others are answered meanwhile", async () => {
		const { url } = await serveToyWitness("laboratory", "http://127.0.0.1:1/log", { headersTimeoutMs: 300, requestTimeoutMs: 600 });
		const { hostname, port } = new URL(url);
		const heads = [
			"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nold",
			"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		];
		const ended = heads.map(
			(head) =>
				new Promise<void>((resolve) => {
					const socket = connect(Number(port), hostname, () => socket.write(head));
					const drip = setInterval(() => socket.write("1"), 100);
					socket.on("error", () => undefined);
					socket.resume().on("close", () => {
						clearInterval(drip);
						resolve();
					});
				}),
		);
		expect((await fetch(`${url}/status`)).status).toBe(200);
		await Promise.all(ended);
	});

	it("[LW36] an address that asks too often is told to wait, and one that opens too many connections gets no more", async () => {
		const { url } = await serveToyWitness("laboratory", "http://127.0.0.1:1/log", {
			submissions: { perSecond: 0.001, burst: 3 },
			reads: { perSecond: 0.001, burst: 5 },
		});
		const statuses = [];
		for (let i = 0; i < 5; i++) statuses.push((await post(url, { checkpoint: "x" })).status);
		expect(statuses).toEqual([404, 404, 404, 429, 429]);
		const reads = [];
		for (let i = 0; i < 7; i++) reads.push((await fetch(`${url}/status`)).status);
		expect(reads).toEqual([200, 200, 200, 200, 200, 429, 429]);
		const { hostname, port } = new URL(url);
		const sockets = Array.from({ length: 80 }, () => connect(Number(port), hostname).on("error", () => undefined));
		await expect.poll(() => sockets.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(16);
		expect(sockets.some(({ closed }) => !closed)).toBe(true);
		for (const socket of sockets) socket.destroy();
	});

	it("[LW36] counts requests by address, an IPv6 network as one, and forgets who is silent longest", () => {
		const rate = new RequestRate({ perSecond: 1, burst: 2, addressesMax: 2 });
		expect([0, 0, 0, 1_000, 1_000].map((at) => rate.take("10.0.0.1", at))).toEqual([true, true, false, true, false]);
		expect(rate.take("::ffff:10.0.0.1", 1_000)).toBe(false);
		expect([1, 2, 3].map((i) => rate.take(`2001:db8:0:1::${i}`, 1_000))).toEqual([true, true, false]);
		expect(rate.take("2001:db8::1:0:0:0:1", 1_000)).toBe(false);
		expect(rate.take("2001:db8:0:2::1", 1_000)).toBe(true);
		expect(rate.take("10.0.0.1", 1_000)).toBe(true);
	});

	it("[LW36] addresses are https, or http on this machine, and nothing else", () => {
		for (const good of ["https://log.example/x/", "http://127.0.0.1:7400/log", "http://[::1]:1", "http://localhost:1"]) {
			expect(parseServiceUrl(good)).toBe(good.replace(/\/$/, ""));
		}
		const bad = [
			"http://log.example",
			"http://127.0.0.1.example",
			"ftp://127.0.0.1",
			"https://u:p@log.example",
			"https://log.example?x",
			"https://log.example#x",
		];
		for (const each of [...bad, "file:///etc/passwd", "log.example", "", "http://10.0.0.1"])
			expect(() => parseServiceUrl(each)).toThrow(code("LEDGER_URL_NOT_PERMITTED") as Error);
	});
});

describe("a sealer among witnesses that nobody can rely on", () => {
	it("[LW12] one that is slow, lies, answers too much, is cut off, redirects, or is absent stops nothing", async () => {
		const text = { "content-type": "text/plain; charset=utf-8" };
		const liars = await Promise.all([
			// Takes the request and never answers.
			listen(() => undefined),
			listen((_, response) => response.writeHead(200, text).end("— laboratory AAAAAAAA\n")),
			listen((_, response) => response.writeHead(200, text).end("a".repeat(1024 * 1024))),
			listen((_, response) => response.writeHead(200, { ...text, "content-length": "1000" }).write("— lab", () => response.destroy())),
			listen((_, response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end()),
			listen((_, response) => response.writeHead(409, { "content-type": "text/x.tlog.size" }).end("999999\n")),
			listen((_, response) => response.writeHead(409, { "content-type": "text/html" }).end("<p>3</p>")),
			listen((request) => request.socket.destroy()),
			listen((_, response) => response.writeHead(200, text).end(encodeUtf8("\ufffd\ud800"))),
		]);
		let sealer: Sealer | undefined;
		const log = await serveToyLog(() => sealer);
		const honest = await serveToyWitness("laboratory", log.url);
		const links = [...liars.map(({ url }) => url), "http://127.0.0.1:1"].map((url, i) => linkOver(`liar-${i}`, url, 300));
		sealer = await openToySealer(undefined, { witnesses: [honest.link, ...links], witnessIntervalMs: 1, witnessTimeoutMs: 500, heartbeatMs: 50 });
		for (let i = 0; i < 10; i++) expect(await submit(sealer, put("a", i))).toMatchObject([{ accepted: true }]);
		await expect.poll(() => verifyCheckpoint(sealer!.checkpoint(), trust).standing).toBe("witnessed");
		expect(await submit(sealer, put("b", 1))).toMatchObject([{ accepted: true }]);
	});
});
