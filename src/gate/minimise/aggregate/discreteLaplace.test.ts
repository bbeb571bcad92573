import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bernoulliExp, discreteLaplace } from "./discreteLaplace.ts";
import { noisyCount } from "./noisyCount.ts";
import { uniformBelow } from "./randomSource.ts";

/** Random bytes that replay: SHA-256 of a seed and a counter. */
function seededBytes(seed: string): (length: number) => Uint8Array {
	let counter = 0;
	let pool = Buffer.alloc(0);
	return (length) => {
		while (pool.length < length) pool = Buffer.concat([pool, createHash("sha256").update(`${seed}/${counter++}`).digest()]);
		const bytes = pool.subarray(0, length);
		pool = pool.subarray(length);
		return bytes;
	};
}

/** Chi-square of observed counts against expected ones, neighbours with fewer than five expected taken together. */
function chiSquare(observed: readonly number[], expected: readonly number[]): { readonly statistic: number; readonly freedom: number } {
	let [statistic, bins, seen, due] = [0, 0, 0, 0];
	for (let i = 0; i < expected.length; i++) {
		seen += observed[i] as number;
		due += expected[i] as number;
		if (due < 5 && i < expected.length - 1) continue;
		statistic += due === 0 ? 0 : (seen - due) ** 2 / due;
		[bins, seen, due] = [bins + 1, 0, 0];
	}
	return { statistic, freedom: bins - 1 };
}

/** Upper 0.1 % point of chi-square (Wilson and Hilferty 1931; within 1 % from 10 degrees of freedom on). */
const criticalValue = (freedom: number) => freedom * (1 - 2 / (9 * freedom) + 3.09 * Math.sqrt(2 / (9 * freedom))) ** 3;

/** P(Z = z) for scale b. */
const probability = (z: number, b: number) => (Math.tanh(1 / (2 * b)) as number) * Math.exp(-Math.abs(z) / b);

function draw(epsilonMilli: number, sensitivity: number, runs: number): readonly number[] {
	const randomBytes = seededBytes(`laplace/${epsilonMilli}/${sensitivity}`);
	return Array.from({ length: runs }, () => discreteLaplace({ epsilonMilli, sensitivity, randomBytes }));
}

function compare(samples: readonly number[], b: number, reach: number) {
	const values = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
	const clamped = samples.map((z) => Math.max(-reach, Math.min(reach, z)));
	const observed = values.map((value) => clamped.filter((z) => z === value).length);
	const tail = 1 - values.reduce((sum, z) => sum + probability(z, b), 0);
	const expected = values.map((z) => samples.length * (probability(z, b) + (Math.abs(z) === reach ? tail / 2 : 0)));
	return chiSquare(observed, expected);
}

describe("discreteLaplace", () => {
	it.each([
		[100, 1, 10, 60],
		[500, 1, 2, 14],
		[300, 2, 20 / 3, 40],
		[1000, 1, 1, 7],
	])("[MI50] ε = %i/1000, sensitivity %i: 20,000 draws fit a scale of %d", (epsilonMilli, sensitivity, b, reach) => {
		const { statistic, freedom } = compare(draw(epsilonMilli, sensitivity, 20_000), b, reach);
		expect(freedom).toBeGreaterThan(8);
		expect(statistic).toBeLessThan(criticalValue(freedom));
	});

	it("[MI50] the test tells a scale from its square, and from twice itself", () => {
		const samples = draw(100, 1, 20_000);
		for (const wrong of [100, Math.sqrt(10), 20, 5]) {
			const { statistic, freedom } = compare(samples, wrong, 60);
			expect(statistic).toBeGreaterThan(10 * criticalValue(freedom));
		}
	});

	it("[MI50] its variance at ε = 0.1 is that of the formula, 2e^{−ε}/(1 − e^{−ε})², not its root", () => {
		const samples = draw(100, 1, 20_000);
		const variance = samples.reduce((sum, z) => sum + z * z, 0) / samples.length;
		const exact = (2 * Math.exp(-0.1)) / (1 - Math.exp(-0.1)) ** 2;
		// Standard error of the variance is about 1.6 % here; four of them.
		expect(Math.abs(variance / exact - 1)).toBeLessThan(0.065);
	});

	it("[MI50] e^{−n/d} as a coin: 20,000 tosses each", () => {
		for (const [n, d] of [
			[0, 1],
			[1, 1],
			[1, 3],
			[99, 1000],
		] as const) {
			const randomBytes = seededBytes(`coin/${n}/${d}`);
			const heads = Array.from({ length: 20_000 }, () => bernoulliExp(n, d, randomBytes)).filter(Boolean).length / 20_000;
			expect(Math.abs(heads - Math.exp(-n / d))).toBeLessThan(0.0145);
		}
	});

	it("[MI50] uniform draws have no bias of the remainder: 200 of 256 would show it", () => {
		const randomBytes = seededBytes("uniform");
		const counts = new Array<number>(200).fill(0);
		for (let i = 0; i < 40_000; i++) counts[uniformBelow(200, randomBytes)]! += 1;
		const { statistic, freedom } = chiSquare(counts, new Array<number>(200).fill(200));
		expect(statistic).toBeLessThan(criticalValue(freedom));
	});

	it("[MI50] refuses parameters outside their range and a source that runs dry", () => {
		const randomBytes = seededBytes("x");
		for (const epsilonMilli of [0, -1, 0.5, 10_001, Number.NaN]) {
			expect(() => discreteLaplace({ epsilonMilli, sensitivity: 1, randomBytes })).toThrow(
				expect.objectContaining({ code: "AGGREGATE_PARAMETER_INVALID" }),
			);
		}
		expect(() => discreteLaplace({ epsilonMilli: 100, sensitivity: 1, randomBytes: () => new Uint8Array(0) })).toThrow(
			expect.objectContaining({ code: "AGGREGATE_RANDOM_SHORT" }),
		);
	});
});

describe("noisyCount", () => {
	it("[MI51] suppresses by the noisy count alone: a true 10 is sometimes told, a true 12 sometimes not", () => {
		const randomBytes = seededBytes("count");
		const told = (count: number) =>
			Array.from({ length: 500 }, () => noisyCount({ count, epsilonMilli: 100, randomBytes })).filter((answer) => !answer.suppressed).length;
		for (const count of [10, 12]) {
			expect(told(count)).toBeGreaterThan(50);
			expect(told(count)).toBeLessThan(450);
		}
		expect(told(1000)).toBe(500);
	});

	it("[MI51] tells no number below 11", () => {
		const randomBytes = seededBytes("small");
		for (let i = 0; i < 500; i++) {
			const answer = noisyCount({ count: i % 20, epsilonMilli: 100, randomBytes });
			if (answer.suppressed) expect(answer).toEqual({ suppressed: true, below: 11 });
			else expect(answer.count).toBeGreaterThanOrEqual(11);
		}
	});

	it("[MI52] refuses more than ε = 0.1 a query", () => {
		expect(() => noisyCount({ count: 100, epsilonMilli: 101, randomBytes: seededBytes("e") })).toThrow(
			expect.objectContaining({ code: "AGGREGATE_PARAMETER_INVALID" }),
		);
	});
});
