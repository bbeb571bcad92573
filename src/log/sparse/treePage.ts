import { Bucket } from "./bucket.ts";
import { Fan, fanHeight } from "./fan.ts";

/** What is stored under a prefix: a fan of sixteen slots, or a small subtree in whole. */
export type TreePage = Fan | Bucket;

/**
 * @param prefix - Hex digits that lead to it.
 * @throws {@link LogError} `LOG_PAGE_MALFORMED`.
 */
export function decodePage(prefix: string, bytes: Uint8Array): TreePage {
	return Bucket.isBucket(bytes) ? Bucket.decode(bytes, fanHeight * prefix.length) : Fan.decode(bytes);
}
