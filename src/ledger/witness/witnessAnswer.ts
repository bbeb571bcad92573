/** What a witness answers over HTTP. Source: C2SP tlog-witness. */
export interface WitnessAnswer {
	readonly status: 200 | 400 | 403 | 404 | 409 | 422 | 503;
	readonly contentType: "text/plain; charset=utf-8" | "text/x.tlog.size";
	readonly body: string;
}

/** The cosignature line it asked for. */
export function cosigned(line: string): WitnessAnswer {
	return { status: 200, contentType: "text/plain; charset=utf-8", body: line };
}

/** A status with a code, a line that tells nothing else. */
export function refuse(status: WitnessAnswer["status"], code: string): WitnessAnswer {
	return { status, contentType: "text/plain; charset=utf-8", body: `${code}\n` };
}
