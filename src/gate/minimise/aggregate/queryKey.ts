import { canonicalBytes, type Digest, encodeUtf8, type JsonObject, sha256Hex } from "#base";

/**
 * Name under which the answer to an aggregate query is stored: asked again, by whomever and in whatever order of its fields, the stored answer is given,
 * so that averaging many answers cannot wash the noise out.
 *
 * @param query - What is counted, with the study and the ε. Lists whose order means nothing must be sorted by the caller.
 */
export function queryKey(query: JsonObject): Digest {
	return sha256Hex(encodeUtf8("aceso/query/1\0"), canonicalBytes(query)) as Digest;
}
