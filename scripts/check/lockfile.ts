import type { Finding } from "./finding.ts";

interface Lockfile {
	readonly packages: Readonly<
		Record<string, { readonly version?: string; readonly resolved?: string; readonly integrity?: string; readonly link?: boolean }>
	>;
}

interface Manifest {
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly devDependencies?: Readonly<Record<string, string>>;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Every package of the lockfile is pinned by integrity and names no host; every version in a manifest is exact. */
export function checkLockfile(lockText: string, manifests: Readonly<Record<string, string>>): Finding[] {
	const lock = JSON.parse(lockText) as Lockfile;
	const entries = Object.entries(lock.packages).filter(([path, { link }]) => path.includes("node_modules/") && !link);
	const inLock = entries.flatMap(([path, { resolved, integrity }]) => [
		...(resolved === undefined ? [] : [{ path: "package-lock.json", message: `${path} names where it was downloaded from` }]),
		...(integrity === undefined ? [{ path: "package-lock.json", message: `${path} has no integrity` }] : []),
	]);
	const inManifests = Object.entries(manifests).flatMap(([path, text]) => {
		const { dependencies, devDependencies, optionalDependencies } = JSON.parse(text) as Manifest;
		return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
			.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
			.map(([name, version]) => ({ path, message: `${name} is not pinned to one version (${version})` }));
	});
	return [...inLock, ...inManifests];
}
