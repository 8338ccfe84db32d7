import assert from "node:assert/strict";
import { test } from "node:test";

import { differences, partner, select } from "../../../voxelpose/visualization/page/viewer_lists.js";

const result = (name, model, confidence, more = {}) => ({ name, picture: name.split("/").at(-1), model, weights: "w", confidence, error: null, ...more });
const RESULTS = [result("x/b", "one", 0.9), result("x/a", "one", 0.2), result("y/a", "two", 0.6), { name: "z", picture: "z", error: "broken" }];
const ALL = { search: "", model: "", confidence: 0, order: "name" };
const names = (found) => found.map((r) => r.name);

test("the list is filtered and ordered", () => {
  assert.deepEqual(names(select(RESULTS, ALL)), ["x/a", "x/b", "y/a", "z"]);
  assert.deepEqual(names(select(RESULTS, { ...ALL, confidence: 0.5 })), ["x/b", "y/a", "z"]);
  assert.deepEqual(names(select(RESULTS, { ...ALL, model: "one" })), ["x/a", "x/b"]);
  assert.deepEqual(names(select(RESULTS, { ...ALL, search: "A" })), ["x/a", "y/a"]);
  assert.deepEqual(names(select(RESULTS, { ...ALL, order: "least" })), ["x/a", "y/a", "x/b", "z"]);
  assert.deepEqual(names(select(RESULTS, { ...ALL, order: "most" })), ["x/b", "y/a", "x/a", "z"]);
});

test("the partner is the same picture by another network", () => {
  assert.equal(partner(RESULTS, RESULTS[1]).name, "y/a");
  assert.equal(partner(RESULTS, RESULTS[0]), null);
});

test("differences are taken from the root, by name", () => {
  const a = { jointNames: ["hip", "head"], root: 0, joints: [[0, 0, 1000], [0, -500, 1000]] };
  const b = { jointNames: ["head", "hip", "tail"], root: 1, joints: [[3, -504, 2000], [0, 0, 2000], [0, 0, 0]] };
  assert.deepEqual(differences(a, b), [{ name: "hip", distance: 0 }, { name: "head", distance: 5 }]);
});
