// Where the cells are: fractions of the crop and of the depth range <-> mm in the camera's frame.

import { dot, scale, subtract } from "./maths.js";

// facts: homography (3 rows; ray -> fractions of the crop), its inverse, depthAxis, rootDepth, near, far in mm.
export class Frustum {
  constructor(facts) {
    Object.assign(this, facts);
    this.range = facts.far - facts.near;
  }

  toFractions(point) {
    const [u, v, w] = this.homography.map((row) => dot(row, point));
    return [u / w, v / w, (dot(this.depthAxis, point) - this.rootDepth - this.near) / this.range];
  }

  toPoint([x, y, z]) {
    const ray = this.inverse.map((row) => dot(row, [x, y, 1]));
    return scale(ray, (this.rootDepth + this.near + z * this.range) / dot(this.depthAxis, ray));
  }

  depth(fraction) {
    return this.near + fraction * this.range;
  }

  // The affine map (u, v, w, depth fraction) of a point, which the shaders divide: a 4x4 matrix.
  get matrix() {
    const [u, v, w] = this.homography;
    const d = scale(this.depthAxis, 1 / this.range);
    const shift = -(this.rootDepth + this.near) / this.range;
    return [0, 1, 2].flatMap((n) => [u[n], v[n], w[n], d[n]]).concat([0, 0, 0, shift]);
  }

  corners(low = [0, 0, 0], high = [1, 1, 1]) {
    return [0, 1, 2, 3, 4, 5, 6, 7].map((n) => this.toPoint([0, 1, 2].map((axis) => (n & (1 << axis) ? high : low)[axis])));
  }

  // The four corners of the plane where one fraction is fixed, in order around it.
  plane(axis, at) {
    const [first, second] = [0, 1, 2].filter((other) => other !== axis);
    return [[0, 0], [1, 0], [1, 1], [0, 1]].map(([a, b]) => {
      const fractions = [at, at, at];
      fractions[first] = a;
      fractions[second] = b;
      return this.toPoint(fractions);
    });
  }

  // Where a ray meets that plane inside the volume: { distance, fractions, point }, or null.
  meet(origin, direction, axis, at) {
    const linear = (point, constant) =>
      axis === 2
        ? dot(this.depthAxis, point) - constant * (this.rootDepth + this.near + at * this.range)
        : dot(subtract(this.homography[axis], scale(this.homography[2], at)), point);
    const distance = -linear(origin, 1) / linear(direction, 0);
    if (!(distance > 0)) return null;
    const point = origin.map((value, n) => value + distance * direction[n]);
    const fractions = this.toFractions(point);
    return fractions.every((value) => value >= -1e-9 && value <= 1 + 1e-9) ? { distance, fractions, point } : null;
  }
}

export const BOX_EDGES = [[0, 1], [2, 3], [4, 5], [6, 7], [0, 2], [1, 3], [4, 6], [5, 7], [0, 4], [1, 5], [2, 6], [3, 7]];
