import { type BenchRow, benchRow, median } from "../benchRow.ts";
import { measureHttp, withFhirBench } from "./fhirBench.ts";

/**
 * `GET /fhir/Observation/[id]` over HTTP in clinicians' sessions: judged, decided, logged durably, opened. The clients are in another process
 * and share the cores. Baseline: a Fastify route that returns the same JSON to the same clients with no gate.
 */
export function httpRead(): Promise<BenchRow> {
	return withFhirBench({ patients: 40, observations: 12 }, async (bench) => {
		const targets = bench.patients.flatMap(({ localId, observations }) =>
			observations.slice(0, 3).map((id) => ({ url: `/fhir/Observation/${id}`, localId })),
		);
		const { gated, plain, p50Ms, p99Ms, failures } = await measureHttp(bench, { targets, roundS: 4, rounds: 3 });
		if (failures > 0) throw new Error(`expected every request to be answered, ${failures} were not`);
		return benchRow({
			name: "http.read",
			value: median(gated),
			unit: "reads/s",
			baseline: median(plain),
			connections: 32,
			p50Ms,
			p99Ms,
			keyring: "in-process",
		});
	});
}
