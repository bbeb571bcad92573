import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Portal, PortalFile } from "./portal.ts";
import { isNodePath, portalHeaders } from "./portalHeaders.ts";

const headers = { ...portalHeaders, vary: "accept, accept-encoding" } as const;

/** Serves the web application: its files by their names, its page at the root and at every address that a reader types or reloads. */
export function portalRoutes(app: FastifyInstance, portal: Portal): void {
	app.get("/assets/*", async (request, reply) => sendNamed(request, reply, portal));
	for (const name of portal.files.keys()) {
		if (!name.startsWith("assets/") && name !== "index.html") app.get(`/${name}`, async (request, reply) => sendNamed(request, reply, portal));
	}
}

function sendNamed(request: FastifyRequest, reply: FastifyReply, portal: Portal) {
	const file = portal.files.get(request.url.slice(1).split("?")[0] ?? "");
	return file === undefined ? reply.callNotFound() : send(request, reply, file);
}

/** Whether somebody reads this address in a browser: a program gets the list of routes, or a problem. */
export function wantsPage({ method, url, headers: asked }: FastifyRequest): boolean {
	if (method !== "GET" || isNodePath(url) || url.startsWith("/assets/")) return false;
	return (asked.accept ?? "").includes("text/html");
}

export function sendPage(request: FastifyRequest, reply: FastifyReply, portal: Portal) {
	return send(request, reply, portal.page);
}

const cacheControls = { forever: "public, max-age=31536000, immutable", "a day": "public, max-age=86400", "not at all": "no-cache" } as const;

function send(request: FastifyRequest, reply: FastifyReply, { bytes, brotli, contentType, keeping }: PortalFile) {
	const compressed = brotli !== undefined && /\bbr\b/.test(String(request.headers["accept-encoding"] ?? ""));
	reply.headers(headers).type(contentType);
	reply.header("cache-control", cacheControls[keeping]);
	return compressed ? reply.header("content-encoding", "br").send(brotli) : reply.send(bytes);
}
