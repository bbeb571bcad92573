import { type BenchRow, benchRow, median } from "../benchRow.ts";
import { measureHttp, withFhirBench } from "./fhirBench.ts";

/**
 * `GET /fhir/Observation?patient=…&code=…&date=…` on patients with 500 resources each, five matches. Baseline: a Fastify route that returns the
 * same JSON to the same clients with no gate and no search.
 */
export function httpSearch(): Promise<BenchRow> {
	return withFhirBench({ patients: 20, observations: 499 }, async (bench) => {
		const query = "code=http://loinc.org|2345-7&date=ge2021-06-01&_count=5";
		const targets = bench.patients.map(({ localId }) => ({ url: `/fhir/Observation?patient=${localId}&${query}`, localId }));
		const { gated, plain, p50Ms, p99Ms, failures } = await measureHttp(bench, { targets, roundS: 4, rounds: 3 });
		if (failures > 0) throw new Error(`expected every request to be answered, ${failures} were not`);
		const row = { name: "http.search", value: median(gated), unit: "searches/s", baseline: median(plain) };
		return benchRow({ ...row, connections: 32, resources: 500, p50Ms, p99Ms, keyring: "in-process" });
	});
}
