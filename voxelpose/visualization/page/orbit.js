// The eye that circles around a point: angles in radians, azimuth 0 where the photograph's camera stands.

import { add, clamp, cross, dot, lookAt, multiply, normalise, perspective, scale, subtract } from "./maths.js";

export const UP = [0, -1, 0];
export const FIELD_OF_VIEW = (32 * Math.PI) / 180;
export const VIEWS = {
  start: { azimuth: -0.9, elevation: 0.2 },
  front: { azimuth: 0, elevation: 0 },
  side: { azimuth: -Math.PI / 2, elevation: 0 },
  above: { azimuth: 0, elevation: 1.5 },
};
const STEEPEST = 1.55;

// The orbit in a direction from which all points just fill a panel of that aspect, but for a margin.
export function fit({ azimuth, elevation }, points, aspect, margin = 1.12) {
  const orbit = { azimuth, elevation, distance: 1, target: [0, 0, 0] };
  const forward = normalise(scale(eyeOf(orbit), -1));
  const right = normalise(cross(forward, UP));
  const axes = [right, cross(right, forward)];
  const tangents = [reach(aspect) * aspect, reach(aspect)];
  const target = scale(points.reduce(add), 1 / points.length);
  const away = points.map((point) => subtract(point, target));
  // A point at r to the right and f ahead is seen from a distance d where |r - shift| <= tangent * (d + f).
  const needs = axes.map((axis, n) => {
    const most = (sign) => Math.max(...away.map((p) => (sign * dot(p, axis)) / tangents[n] - dot(p, forward)));
    const [plus, minus] = [most(1), most(-1)];
    return { shift: ((plus - minus) / 2) * tangents[n], distance: (plus + minus) / 2 };
  });
  const distance = Math.max(...needs.map((need) => need.distance)) * margin;
  const middle = axes.reduce((sum, axis, n) => add(sum, scale(axis, needs[n].shift)), target);
  return { azimuth, elevation, target: middle, distance, radius: distance };
}

// Half the panel's height at distance 1: a narrow panel sees as much sideways as a wide one does upwards.
const reach = (aspect) => Math.tan(FIELD_OF_VIEW / 2) / Math.min(aspect, 1);

export function turn(orbit, right, up) {
  return { ...orbit, azimuth: orbit.azimuth - right, elevation: clamp(orbit.elevation + up, -STEEPEST, STEEPEST) };
}

export function zoom(orbit, factor) {
  return { ...orbit, distance: clamp(orbit.distance * factor, orbit.radius * 0.15, orbit.radius * 5) };
}

// Move the target in the plane of the screen by parts of the panel's height.
export function pan(orbit, right, up) {
  const forward = normalise(subtract(orbit.target, eyeOf(orbit)));
  const sideways = normalise(cross(forward, UP));
  const above = cross(sideways, forward);
  const height = 2 * orbit.distance * Math.tan(FIELD_OF_VIEW / 2);
  return { ...orbit, target: add(orbit.target, add(scale(sideways, -right * height), scale(above, -up * height))) };
}

export function eyeOf({ azimuth, elevation, distance, target }) {
  const flat = Math.cos(elevation);
  return add(target, scale([Math.sin(azimuth) * flat, -Math.sin(elevation), -Math.cos(azimuth) * flat], distance));
}

// The matrix from mm to clip coordinates.
export function orbitView(orbit, aspect, near, far) {
  return multiply(perspective(2 * Math.atan(reach(aspect)), aspect, near, far), lookAt(eyeOf(orbit), orbit.target, UP));
}
