import type { Finding } from "./finding.ts";

interface LockedPackage {
	readonly version?: string;
	readonly resolved?: string;
	readonly integrity?: string;
	readonly link?: boolean;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lockfile {
	readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface Manifest {
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly devDependencies?: Readonly<Record<string, string>>;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * Every package of the lockfile is pinned by integrity and names no host, the optional ones of other platforms are listed too (`npm ci` refuses
 * a lockfile with such a hole), and every version in a manifest is exact.
 */
export function checkLockfile(lockText: string, manifests: Readonly<Record<string, string>>): Finding[] {
	const lock = JSON.parse(lockText) as Lockfile;
	const entries = Object.entries(lock.packages).filter(([path, { link }]) => path.includes("node_modules/") && !link);
	const inLock = entries.flatMap(([path, { resolved, integrity }]) => [
		...(resolved === undefined ? [] : [{ path: "package-lock.json", message: `${path} names where it was downloaded from` }]),
		...(integrity === undefined ? [{ path: "package-lock.json", message: `${path} has no integrity` }] : []),
	]);
	const holes = entries.flatMap(([path, { optionalDependencies }]) =>
		Object.keys(optionalDependencies ?? {})
			.filter((name) => lock.packages[`node_modules/${name}`] === undefined && lock.packages[`${path}/node_modules/${name}`] === undefined)
			.map((name) => ({ path: "package-lock.json", message: `${path} may need ${name}, which the lockfile does not hold` })),
	);
	const inManifests = Object.entries(manifests).flatMap(([path, text]) => {
		const { dependencies, devDependencies, optionalDependencies } = JSON.parse(text) as Manifest;
		return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
			.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
			.map(([name, version]) => ({ path, message: `${name} is not pinned to one version (${version})` }));
	});
	return [...inLock, ...holes, ...inManifests];
}
