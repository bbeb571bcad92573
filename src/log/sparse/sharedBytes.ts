/**
 * Memory for a page that is held, of which V8 does not count how much there is. Ordinary buffers count as growth of its heap: a few megabytes of new pages a
 * second, beside a heap of 50 MB that hardly grows, made it collect everything every second or two. Whoever holds such pages bounds their number.
 */
export function sharedBytes(length: number): Uint8Array {
	return new Uint8Array(new SharedArrayBuffer(length));
}
