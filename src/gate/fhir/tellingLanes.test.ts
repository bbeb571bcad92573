import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TellingLanes } from "./tellingLanes.ts";

const moment = { height: 1, writes: 1 };
const names = ["a", "b", "c", "d", "e"] as const;
const steps = fc.array(fc.oneof(fc.record({ take: fc.subarray([...names]) }), fc.record({ free: fc.constantFrom(...names) })), { maxLength: 60 });

describe("lanes", () => {
	it("[FR86] no lane is taken twice, no more than the bound are, and none that is named waits for ever", () => {
		fc.assert(
			fc.property(steps, fc.integer({ min: 1, max: 3 }), (taken, bound) => {
				const lanes = new TellingLanes();
				const busy = new Set<string>();
				for (const step of taken) {
					if ("free" in step) {
						if (busy.delete(step.free)) lanes.free(step.free, moment);
						continue;
					}
					for (const lane of lanes.take(step.take, bound)) {
						expect(step.take).toContain(lane);
						expect(busy.has(lane)).toBe(false);
						busy.add(lane);
					}
					expect(busy.size).toBeLessThanOrEqual(bound);
				}
				for (const lane of busy) lanes.free(lane, moment);
				const reached = new Set<string>();
				for (let look = 0; look < names.length; look++) {
					for (const lane of lanes.take(names, 1)) {
						reached.add(lane);
						lanes.free(lane, moment);
					}
				}
				expect(reached.size).toBe(names.length);
			}),
		);
	});

	it("[FR86] what was left of a look is looked at whole the next time, and a lane that ended is forgotten", () => {
		const lanes = new TellingLanes();
		lanes.take(["a", "b"], 2);
		lanes.free("a", moment);
		lanes.free("b", undefined);
		expect([lanes.lookedAt("a"), lanes.lookedAt("b")]).toEqual([moment, undefined]);
		lanes.take(["b"], 2);
		expect(lanes.lookedAt("a")).toBeUndefined();
	});
});
