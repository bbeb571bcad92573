import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { text } from "node:stream/consumers";
import type { AccessTimes } from "./measureAccess.ts";

const root = join(import.meta.dirname, "..", "..");
const programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const timeoutMs = 60_000;

type Target = string | { readonly browser?: string; readonly default: string };

/** In a headless Chromium, from the sources themselves without their types; undefined where there is no Chromium. */
export async function measureInChromium(proof: string): Promise<AccessTimes | undefined> {
	const program = programs.find((path) => existsSync(path));
	if (program === undefined) return undefined;
	const folder = mkdtempSync(join(tmpdir(), "aceso-chromium-"));
	const { promise, resolve, reject } = Promise.withResolvers<AccessTimes>();
	const server = createServer((request, response) => {
		answer(request, response, proof).then((times) => times !== undefined && resolve(times), reject);
	});
	await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
	const browser = open(program, folder, server);
	browser.once("exit", (code) => reject(new Error(`expected an answer of Chromium, found exit code ${code}`)));
	const timer = setTimeout(() => reject(new Error("expected an answer of Chromium within a minute")), timeoutMs);
	try {
		return await promise;
	} finally {
		clearTimeout(timer);
		browser.removeAllListeners("exit");
		browser.kill("SIGKILL");
		await new Promise((ended) => (browser.exitCode === null && browser.signalCode === null ? browser.once("exit", ended) : ended(undefined)));
		server.close();
		server.closeAllConnections();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	}
}

function open(program: string, folder: string, server: Server): ChildProcess {
	const { port } = server.address() as AddressInfo;
	const words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", `--user-data-dir=${folder}`, `http://127.0.0.1:${port}/`];
	return spawn(program, words, { stdio: "ignore" });
}

/** Resolves to the times when the page sent them. */
async function answer(request: IncomingMessage, response: ServerResponse, proof: string): Promise<AccessTimes | undefined> {
	const path = request.url ?? "/";
	if (request.method === "POST") {
		const said = JSON.parse(await text(request)) as AccessTimes | { readonly failed: string };
		response.end();
		if ("failed" in said) throw new Error(said.failed);
		return said;
	}
	if (path === "/") send(response, "text/html", page);
	else if (path === "/proof") send(response, "application/json", proof);
	else sendModule(response, path);
	return undefined;
}

function sendModule(response: ServerResponse, path: string): void {
	const file = join(root, normalize(path));
	if (!/^\/(?:src|bench|node_modules)\//.test(normalize(path)) || !existsSync(file)) {
		response.statusCode = 404;
		response.end();
		return;
	}
	const source = readFileSync(file, "utf8");
	send(response, "text/javascript", extname(file) === ".ts" ? stripTypeScriptTypes(source) : source);
}

function send(response: ServerResponse, type: string, body: string): void {
	response.setHeader("content-type", `${type}; charset=utf-8`);
	response.end(body);
}

function importMap(): object {
	const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly imports: Readonly<Record<string, Target>> };
	const rooms = Object.entries(imports).map(([name, target]) => [
		name,
		(typeof target === "string" ? target : (target.browser ?? target.default)).slice(1),
	]);
	const packages = ["@noble/curves/", "@noble/hashes/"].map((name) => [name, `/node_modules/${name}`]);
	return { imports: { ...Object.fromEntries([...rooms, ...packages]), zod: "/node_modules/zod/index.js" } };
}

const page = `<!doctype html><script type="importmap">${JSON.stringify(importMap())}</script><script type="module">
const say = (value) => fetch("/", { method: "POST", body: JSON.stringify(value) });
try {
	const { measureAccess } = await import("/bench/light/measureAccess.ts");
	await say(measureAccess(await (await fetch("/proof")).text()));
} catch (error) {
	await say({ failed: String(error?.stack ?? error) });
}
</script>`;
