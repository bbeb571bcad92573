import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Portal, PortalFile } from "./portal.ts";

/**
 * What the page may do: load scripts, styles and pictures from this address alone, talk to it alone, be framed by nobody, and turn no text into
 * script or markup. A name or a note of a record that holds markup stays text even where the application had a fault.
 */
export const contentSecurityPolicy = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"img-src 'self' data:",
	"connect-src 'self'",
	"worker-src 'self'",
	"manifest-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
	"require-trusted-types-for 'script'",
	"trusted-types aceso",
].join("; ");

const headers = {
	"content-security-policy": contentSecurityPolicy,
	"x-content-type-options": "nosniff",
	"referrer-policy": "no-referrer",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
	"permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
	vary: "accept, accept-encoding",
} as const;

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
	if (method !== "GET" || /^\/(?:api|log|fhir|cds-services|oauth|signin|\.well-known|assets|health|ready)(?:\/|\?|$)/.test(url)) return false;
	return (asked.accept ?? "").includes("text/html");
}

export function sendPage(request: FastifyRequest, reply: FastifyReply, portal: Portal) {
	return send(request, reply, portal.page);
}

function send(request: FastifyRequest, reply: FastifyReply, { bytes, brotli, contentType, immutable }: PortalFile) {
	const compressed = brotli !== undefined && /\bbr\b/.test(String(request.headers["accept-encoding"] ?? ""));
	reply.headers(headers).type(contentType);
	reply.header("cache-control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
	return compressed ? reply.header("content-encoding", "br").send(brotli) : reply.send(bytes);
}
