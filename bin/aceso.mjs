#!/usr/bin/env node
// @ts-check
/** The `aceso` command; runs from any folder. */
import { runTypeScript } from "../scripts/bootstrap/runTypeScript.mjs";

await runTypeScript("src/cli/main.ts", process.argv.slice(2));
