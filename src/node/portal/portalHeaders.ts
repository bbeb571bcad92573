/**
 * What the page may do: load scripts, styles and pictures from this address alone, talk to it alone, be framed by nobody, and turn no text into
 * script or markup. A name or a note of a record that holds markup stays text even where the application had a fault.
 *
 * The node sends it, and so does the guard in the browser for what it keeps: a node that leaves it out later changes nothing there.
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

export const portalHeaders = {
	"content-security-policy": contentSecurityPolicy,
	"x-content-type-options": "nosniff",
	"referrer-policy": "no-referrer",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
	"permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
} as const;

const contentTypes: Readonly<Record<string, string>> = {
	html: "text/html; charset=utf-8",
	js: "text/javascript; charset=utf-8",
	css: "text/css; charset=utf-8",
	svg: "image/svg+xml",
	png: "image/png",
	json: "application/json; charset=utf-8",
	webmanifest: "application/manifest+json",
};

/** By the end of a file's name; of a kind that the application does not have, bytes. */
export function contentTypeOf(path: string): string {
	return contentTypes[path.split(".").at(-1) ?? ""] ?? "application/octet-stream";
}

/** Addresses that the node answers by itself; every other one that a reader types is the page. */
export function isNodePath(path: string): boolean {
	return /^\/(?:api|log|fhir|cds-services|oauth|signin|\.well-known|health|ready)(?:\/|\?|$)/.test(path);
}
