import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { test } from "node:test";

import { Stage, bounds, combine, flatten, refine, unpack } from "../../../voxelpose/visualization/page/volumes.js";

// Two joints of 2 x 3 x 4 cells (width, height, depth); one lit cell each.
function stage() {
  const cells = new Uint8Array(2 * 24);
  cells[(1 * 3 + 2) * 2 + 1] = 255; // joint 0 at x 1, y 2, z 1
  cells[24 + (3 * 3 + 0) * 2 + 0] = 100; // joint 1 at x 0, y 0, z 3
  return new Stage([2, 3, 4], 2, cells);
}
const COLOURS = [[1, 0, 0], [0, 0.5, 1]];

test("blobs are gzip in base64", async () => {
  const text = gzipSync(Buffer.from([1, 2, 250])).toString("base64");
  assert.deepEqual([...(await unpack(text))], [1, 2, 250]);
});

test("a stage of another size is refused", () => {
  assert.throws(() => new Stage([2, 3, 4], 2, new Uint8Array(47)), /Expected 48 cells. Received: 47/);
});

test("values are found by fractions", () => {
  assert.equal(stage().at(0, [0.75, 0.9, 0.3]), 1);
  assert.equal(stage().at(1, [0.1, 0.1, 0.8]), 100 / 255);
  assert.equal(stage().at(0, [0.1, 0.1, 0.1]), 0);
  assert.equal(stage().at(0, [1.01, 0.5, 0.5]), 0);
  assert.equal(stage().at(0, [0.5, -0.01, 0.5]), 0);
});

test("chosen joints are mixed and multiplied by their height", () => {
  const rgba = combine(stage(), [0, 1], COLOURS);
  assert.deepEqual([...rgba.subarray(4 * 11, 4 * 12)], [255, 0, 0, 255]);
  assert.deepEqual([...rgba.subarray(4 * 18, 4 * 19)], [0, 50, 100, 100]);
  assert.equal(combine(stage(), [1], COLOURS)[4 * 11 + 3], 0);
});

test("a cell that two joints share takes the higher value and both colours", () => {
  const cells = new Uint8Array([200, 100]);
  const rgba = combine(new Stage([1, 1, 1], 2, cells), [0, 1], COLOURS);
  assert.deepEqual([...rgba], [133, 33, 67, 200]);
});

test("bounds reach half a cell beyond what is lit, and not out of the volume", () => {
  const rgba = combine(stage(), [0], COLOURS);
  assert.deepEqual(bounds(rgba, [2, 3, 4], 0.1), [[0.25, 0.5, 0.125], [1, 1, 0.625]]);
  assert.equal(bounds(combine(stage(), [1], COLOURS), [2, 3, 4], 0.5), null);
});

test("planes show the highest cell along the line of sight, above with depth rising", () => {
  const rgba = combine(stage(), [0, 1], COLOURS);
  const lit = ({ pixels, width }) => [...Array(pixels.length / 4).keys()].filter((n) => pixels[4 * n + 3]).map((n) => [n % width, Math.floor(n / width)]);
  assert.deepEqual(lit(flatten(rgba, [2, 3, 4], "front")), [[0, 0], [1, 2]]);
  assert.deepEqual(lit(flatten(rgba, [2, 3, 4], "side")), [[3, 0], [1, 2]]);
  assert.deepEqual(lit(flatten(rgba, [2, 3, 4], "above")), [[0, 0], [1, 2]]);
  assert.deepEqual(lit(flatten(rgba, [2, 3, 4], "front", 0.3)), [[1, 2]]);
  assert.deepEqual([...flatten(rgba, [2, 3, 4], "front").pixels.subarray(0, 4)], [0, 128, 255, 100]);
});

test("coarse cells are refined through their own values, fine ones stay", () => {
  const line = Uint8Array.from([10, 40, 90, 200].flatMap((value) => [value, 0, 0, value]));
  const fine = refine(line, [1, 4, 1]);
  assert.deepEqual(fine.shape, [1, 12, 1]);
  const alpha = [...fine.rgba].filter((_, n) => n % 4 === 3);
  assert.deepEqual([1, 4, 7, 10].map((n) => alpha[n]), [10, 40, 90, 200]);
  // Through evenly rising cells the cubic is the straight line.
  const rise = refine(Uint8Array.from([30, 60, 90, 120, 150].flatMap((v) => [0, 0, 0, v])), [5, 1, 1]);
  assert.deepEqual([...rise.rgba].filter((_, n) => n % 4 === 3).slice(4, 11), [60, 70, 80, 90, 100, 110, 120]);
  const wide = new Uint8Array(4 * 25).fill(7);
  assert.deepEqual(refine(wide, [25, 1, 1]), { rgba: wide, shape: [25, 1, 1] });
});
