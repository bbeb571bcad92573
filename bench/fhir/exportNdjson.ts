import { createSigningKey, sha256Hex } from "#base";
import { createInstitutionApp, systemRandom } from "#node";
import { signRequest } from "#wallet";
import { type BenchRow, benchRow, median } from "../benchRow.ts";
import { member, withFhirBench } from "./fhirBench.ts";

const [patients, observations, rounds] = [60, 400, 3];

/**
 * A bulk export's file over HTTP: each patient decided, logged and opened while it is fetched. Baseline: as many bytes of the same lines from a
 * buffer by the same server.
 */
export function exportNdjson(): Promise<BenchRow> {
	return withFhirBench({ patients, observations }, async ({ network, institution, seeds }) => {
		const app = createInstitutionApp(network, institution);
		let lines = "";
		app.get("/plain", async (_request, reply) => reply.type("application/fhir+ndjson").send(lines));
		try {
			const baseUrl = await app.listen({ host: "127.0.0.1", port: 0 });
			const key = createSigningKey(Buffer.from(seeds[0] as string, "hex"));
			const ask = (path: string, headers: Record<string, string> = {}) => {
				const body = { kind: "fhir", method: "GET", url: path, content: sha256Hex(new Uint8Array()), purpose: "TREAT", level: "identified" } as const;
				const signed = signRequest(key, body, { audience: member, via: member, nowMs: Date.now(), nonce: systemRandom(16) });
				const authorization = `Aceso ${Buffer.from(JSON.stringify(signed)).toString("base64url")}`;
				return fetch(`${baseUrl}${path}`, { headers: { ...headers, authorization } });
			};
			const started = await ask("/fhir/$export?_type=Observation", { prefer: "respond-async" });
			const file = new URL(started.headers.get("content-location") as string).pathname
				.replace("$export-status", "$export-file")
				.concat("/Observation");
			const [exported, plain]: [number[], number[]] = [[], []];
			for (let round = -1; round < rounds; round++) {
				const timed = async (fetchIt: () => Promise<Response>) => {
					const start = performance.now();
					lines = await (await fetchIt()).text();
					const count = lines.split("\n").length - 1;
					if (count !== patients * observations) throw new Error(`expected ${patients * observations} lines, found ${count}`);
					return count / ((performance.now() - start) / 1000);
				};
				const [with_, without] = [await timed(() => ask(file)), await timed(() => fetch(`${baseUrl}/plain`))];
				if (round < 0) continue;
				exported.push(with_);
				plain.push(without);
			}
			const row = { name: "export.ndjson", value: median(exported), unit: "resources/s", baseline: median(plain) };
			return benchRow({ ...row, patients, resources: patients * observations, keyring: "in-process" });
		} finally {
			await app.close();
		}
	});
}
