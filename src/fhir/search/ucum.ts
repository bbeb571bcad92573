/** A unit in base units: what a value is multiplied by, and which base units it is made of. */
export interface CanonicalUnit {
	readonly factor: number;
	/** Base units with their powers, sorted, as `L-1.g1`. */
	readonly dimension: string;
}

const prefixFactors: Readonly<Record<string, number>> = {
	Y: 1e24,
	Z: 1e21,
	E: 1e18,
	P: 1e15,
	T: 1e12,
	G: 1e9,
	M: 1e6,
	k: 1e3,
	h: 1e2,
	da: 1e1,
	d: 1e-1,
	c: 1e-2,
	m: 1e-3,
	u: 1e-6,
	n: 1e-9,
	p: 1e-12,
	f: 1e-15,
	a: 1e-18,
};

type Unit = readonly [factor: number, dimension: Readonly<Record<string, number>>, takesPrefix: boolean];

/**
 * Units of UCUM that records hold (The Unified Code for Units of Measure, 2.1, tables 1–7), in metre, gram, second, mole, kelvin, and what has
 * no relation to others. Units with an offset (Cel, [degF]) and arbitrary ones stand for themselves: they match their own code alone.
 */
const units: Readonly<Record<string, Unit>> = {
	m: [1, { m: 1 }, true],
	g: [1, { g: 1 }, true],
	s: [1, { s: 1 }, true],
	mol: [1, { mol: 1 }, true],
	K: [1, { K: 1 }, true],
	L: [1e-3, { m: 3 }, true],
	l: [1e-3, { m: 3 }, true],
	min: [60, { s: 1 }, false],
	h: [3600, { s: 1 }, false],
	d: [86_400, { s: 1 }, false],
	wk: [604_800, { s: 1 }, false],
	// The mean Julian month and year, as UCUM has them.
	mo: [2_629_800, { s: 1 }, false],
	a: [31_557_600, { s: 1 }, false],
	Hz: [1, { s: -1 }, true],
	N: [1e3, { g: 1, m: 1, s: -2 }, true],
	Pa: [1e3, { g: 1, m: -1, s: -2 }, true],
	bar: [1e8, { g: 1, m: -1, s: -2 }, true],
	J: [1e3, { g: 1, m: 2, s: -2 }, true],
	cal: [4184, { g: 1, m: 2, s: -2 }, true],
	W: [1e3, { g: 1, m: 2, s: -3 }, true],
	"m[Hg]": [133_322_000, { g: 1, m: -1, s: -2 }, true],
	"m[H2O]": [9_806_650, { g: 1, m: -1, s: -2 }, true],
	kat: [1, { mol: 1, s: -1 }, true],
	U: [1e-6 / 60, { mol: 1, s: -1 }, true],
	"[IU]": [1, { "[IU]": 1 }, true],
	"[iU]": [1, { "[IU]": 1 }, true],
	eq: [1, { mol: 1 }, true],
	osm: [1, { osm: 1 }, true],
	"[lb_av]": [453.59237, { g: 1 }, false],
	"[oz_av]": [28.349523125, { g: 1 }, false],
	"[in_i]": [0.0254, { m: 1 }, false],
	"[ft_i]": [0.3048, { m: 1 }, false],
	"%": [1e-2, {}, false],
	"[ppth]": [1e-3, {}, false],
	"[ppm]": [1e-6, {}, false],
	"10*": [10, {}, false],
	"10^": [10, {}, false],
};

/**
 * A product or quotient of units, with powers; undefined for what is not in the table. Braces are annotations and count as 1; one with a
 * number in it (`{1.73_m2}`) says what a rate is scaled to, and such a rate is compared with its like alone.
 */
export function canonicalUnit(code: string): CanonicalUnit | undefined {
	const known = units[code];
	if (known !== undefined && Object.hasOwn(units, code)) return finish(known[0], { ...known[1] });
	let factor = 1;
	const powers: Record<string, number> = {};
	let sign = 1;
	for (const scale of code.match(/\{[^}]*\d[^}]*\}/g) ?? []) powers[scale] = (powers[scale] ?? 0) + 1;
	for (const part of code.replace(/\{[^}]*\}/g, "").split(/([./])/)) {
		if (part === "" || part === ".") continue;
		if (part === "/") {
			sign = -1;
			continue;
		}
		const term = readTerm(part);
		if (term === undefined) return undefined;
		factor *= term.factor ** sign;
		for (const [name, power] of Object.entries(term.powers)) powers[name] = (powers[name] ?? 0) + sign * power;
		sign = 1;
	}
	return finish(factor, powers);
}

function finish(factor: number, powers: Record<string, number>): CanonicalUnit {
	const dimension = Object.entries(powers)
		.filter(([, power]) => power !== 0)
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([name, power]) => `${name}${power}`)
		.join(".");
	return { factor, dimension };
}

interface Term {
	readonly factor: number;
	readonly powers: Readonly<Record<string, number>>;
}

function readTerm(text: string): Term | undefined {
	if (text === "" || text === "1") return { factor: 1, powers: {} };
	if (/^\d+$/.test(text)) return { factor: Number(text), powers: {} };
	const [, name = "", power] = /^(10\*|10\^|.*?[A-Za-z\]%])([+-]?\d+)?$/.exec(text) ?? [];
	const unit = findUnit(name);
	if (unit === undefined) return undefined;
	const exponent = power === undefined ? 1 : Number(power);
	return { factor: unit.factor ** exponent, powers: Object.fromEntries(Object.entries(unit.powers).map(([base, each]) => [base, each * exponent])) };
}

function findUnit(name: string): Term | undefined {
	if (Object.hasOwn(units, name)) return { factor: (units[name] as Unit)[0], powers: (units[name] as Unit)[1] };
	for (const length of [2, 1]) {
		const [prefix, rest] = [name.slice(0, length), name.slice(length)];
		if (!Object.hasOwn(prefixFactors, prefix) || !Object.hasOwn(units, rest)) continue;
		const [factor, powers, takesPrefix] = units[rest] as Unit;
		if (takesPrefix) return { factor: factor * (prefixFactors[prefix] as number), powers };
	}
	return undefined;
}
