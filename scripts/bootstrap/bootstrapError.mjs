// @ts-check

/**
 * What can go wrong before the program runs.
 *
 * - `INSTALL_FAILED`: npm could not bring the packages of the lockfile.
 * - `NO_NODE_24`: neither the running Node nor an installed package is Node 24 or newer.
 *
 * @typedef {"INSTALL_FAILED" | "NO_NODE_24"} BootstrapErrorCode
 */

export class BootstrapError extends Error {
	/**
	 * @param {BootstrapErrorCode} code
	 * @param {string} message
	 * @param {unknown} [cause]
	 */
	constructor(code, message, cause) {
		super(message, { cause });
		this.name = "BootstrapError";
		this.code = code;
	}
}
