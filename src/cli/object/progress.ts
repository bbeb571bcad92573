/** Bytes between two words of progress. */
const stepBytes = 4 * 2 ** 20;

/** Hands bytes on and tells how many there were. */
export async function* countBytes(bytes: AsyncIterable<Uint8Array>, onProgress: (done: number) => void): AsyncGenerator<Uint8Array> {
	let [done, said] = [0, 0];
	for await (const piece of bytes) {
		done += piece.length;
		if (done - said >= stepBytes) {
			said = done;
			onProgress(done);
		}
		yield piece;
	}
}

/** Millions of bytes, whole ones. */
export function megabytes(bytes: number): string {
	return (bytes / 1e6).toFixed(0);
}
