import type { RelabelProgress } from "#gate";
import type { Network } from "./network.ts";

/**
 * Labels every institution's records under the present tables, where they are labelled under others. Whoever opens a network and does not
 * `serve` it calls this before it reads; without it every read is asked to try again.
 */
export async function relabelNetwork(
	network: Network,
	onProgress?: (progress: RelabelProgress & { readonly member: string }) => void,
): Promise<void> {
	for (const { id, gate } of network.institutions.values()) await gate.relabel((progress) => onProgress?.({ member: id, ...progress }));
}
