import assert from "node:assert/strict";
import { test } from "node:test";

import { frameAt, millimetres } from "../../../voxelpose/visualization/page/data.js";
import { Frustum } from "../../../voxelpose/visualization/page/frustum.js";
import { invert, lensView, multiply, toScreen, transform } from "../../../voxelpose/visualization/page/maths.js";
import { VIEWS, eyeOf, fit, orbitView, pan, turn, zoom } from "../../../voxelpose/visualization/page/orbit.js";
import { fractionsAt } from "../../../voxelpose/visualization/page/panels.js";
import { ellipsoid, principalAxes, rod } from "../../../voxelpose/visualization/page/solids.js";

const near = (found, expected, tolerance = 1e-9) =>
  found.forEach((value, n) => assert.ok(Math.abs(value - expected[n]) <= tolerance, `${found} is not ${expected}`));
const ORBIT = { azimuth: 0, elevation: 0, distance: 2000, target: [0, 0, 3000], radius: 2000 };
const FRUSTUM = new Frustum({
  homography: [[0.8, 0, 0.5], [0, 0.8, 0.5], [0.02, 0, 1]],
  inverse: [[1 / 0.8, 0, 0], [0, 1 / 0.8, 0], [0, 0, 1]], // replaced below by the true one
  depthAxis: [0.1, 0, Math.sqrt(0.99)], rootDepth: 3000, near: -1000, far: 1000,
});
FRUSTUM.inverse = inverse3(FRUSTUM.homography);

function inverse3([[a, b, c], [d, e, f], [g, h, i]]) {
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [[e * i - f * h, c * h - b * i, b * f - c * e], [f * g - d * i, a * i - c * g, c * d - a * f], [d * h - e * g, b * g - a * h, a * e - b * d]].map((row) => row.map((value) => value / det));
}

test("matrices multiply, invert and transform", () => {
  const view = orbitView(ORBIT, 1.5, 40, 60000);
  near(multiply(view, invert(view)), [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], 1e-6);
  near(transform([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 6, 7, 1], [1, 2, 3]), [6, 8, 10, 1]);
});

test("from the camera's side x goes right and y goes down", () => {
  const view = orbitView(ORBIT, 1, 40, 60000);
  near(toScreen(view, [0, 0, 3000], 100, 100), [50, 50]);
  const [right] = toScreen(view, [200, 0, 3000], 100, 100);
  const [, low] = toScreen(view, [0, 200, 3000], 100, 100);
  assert.ok(right > 55 && low > 55);
  assert.equal(toScreen(view, [0, 0, 500], 100, 100), null);
});

test("through the lens a point lies where the photograph has it", () => {
  const camera = { fx: 700, fy: 710, cx: 319.5, cy: 239.5, width: 640, height: 480 };
  // Shown at half its size in a panel that is wider than it: 40 pixels are free on either side.
  const view = lensView(camera, 400, 240, 40, 60000);
  const [u, v] = [(700 * 300) / 3000 + 319.5, (710 * -200) / 3000 + 239.5];
  near(toScreen(view, [300, -200, 3000], 400, 240), [40 + (u + 0.5) / 2, (v + 0.5) / 2], 1e-9);
});

test("fractions and points are each other's inverse, and the matrix says the same", () => {
  const point = [240, -310, 3333];
  const fractions = FRUSTUM.toFractions(point);
  near(FRUSTUM.toPoint(fractions), point, 1e-6);
  const [u, v, w, z] = transform(FRUSTUM.matrix, point);
  near([u / w, v / w, z], fractions, 1e-12);
});

test("rays meet slices where the fraction is the slice's", () => {
  for (const axis of [0, 1, 2]) {
    const eye = [900, -700, 100];
    const at = [0.4, 0.3, 0.6];
    const direction = FRUSTUM.toPoint(at).map((value, n) => value - eye[n]);
    near(FRUSTUM.meet(eye, direction, axis, at[axis]).fractions, at);
    assert.equal(FRUSTUM.meet(eye, direction.map((value) => -value), axis, at[axis]), null);
    assert.equal(FRUSTUM.meet(eye, direction, axis, 1.2), null);
  }
});

test("the corners of a slice lie on it", () => {
  for (const axis of [0, 1, 2]) for (const corner of FRUSTUM.plane(axis, 0.3)) assert.ok(Math.abs(FRUSTUM.toFractions(corner)[axis] - 0.3) < 1e-9);
});

test("a fitted view shows every point and touches an edge", () => {
  const points = [[0, 0, 900], [500, -900, 3600], [-300, 800, 3400], [1200, 0, 3000]];
  for (const aspect of [0.6, 1, 1.8]) {
    const orbit = fit(VIEWS.start, points, aspect, 1);
    const places = points.map((point) => toScreen(orbitView(orbit, aspect, 40, 60000), point, 1, 1));
    assert.ok(places.flat().every((value) => value > -1e-6 && value < 1 + 1e-6));
    assert.ok(Math.min(...places.flat()) < 1e-6 || Math.max(...places.flat()) > 1 - 1e-6);
  }
});

test("turning, moving and zooming", () => {
  near(eyeOf(turn(ORBIT, Math.PI / 2, 0)), [-2000, 0, 3000], 1e-9);
  assert.ok(eyeOf(turn(ORBIT, 0, 0.5))[1] < 0);
  assert.ok(turn(ORBIT, 0, 99).elevation < Math.PI / 2);
  assert.equal(zoom(ORBIT, 0.5).distance, 1000);
  assert.equal(zoom(ORBIT, 1e9).distance, 10000);
  // The content follows the pointer: the target goes the other way.
  assert.ok(pan(ORBIT, 0.1, 0).target[0] < 0);
});

test("principal axes of a covariance", () => {
  const { values, vectors } = principalAxes([2, 1, 0, 2, 0, 5]);
  near([...values].sort(), [1, 3, 5], 1e-9);
  const three = vectors[values.findIndex((value) => Math.abs(value - 3) < 1e-9)];
  near([Math.abs(three[0] + three[1]), three[2]], [Math.SQRT2, 0], 1e-9);
  const matrix = ellipsoid([1, 2, 3], [100, 0, 0, 400, 0, 900], 2);
  near([matrix[0], matrix[5], matrix[10]].map(Math.abs).sort((a, b) => a - b), [20, 40, 60], 1e-9);
  near(matrix.slice(12), [1, 2, 3, 1]);
});

test("a rod leads from joint to joint", () => {
  const matrix = rod([1, 1, 1], [1, 11, 1], 2);
  near(transform(matrix, [0, 0, 0]), [1, 1, 1, 1]);
  near(transform(matrix, [0, 1, 0]), [1, 11, 1, 1]);
});

test("panels and time", () => {
  assert.deepEqual(fractionsAt("front", [0.2, 0.3], [0.5, 0.5, 0.5]), [0.2, 0.3, 0.5]);
  assert.deepEqual(fractionsAt("above", [0.2, 0.3], [0.5, 0.5, 0.5]), [0.2, 0.5, 0.7]);
  assert.deepEqual(fractionsAt("side", [2, -1], [0.5, 0.5, 0.5]), [0.5, 0, 1]);
  const frames = [0, 0.1, 0.2, 0.5].map((time) => ({ time }));
  assert.deepEqual([-1, 0, 0.1, 0.49, 0.5, 9].map((seconds) => frameAt(frames, seconds)), [0, 0, 1, 2, 3, 3]);
  assert.equal(millimetres(-12.6), "−13");
});
