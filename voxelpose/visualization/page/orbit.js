// The eye that circles around a point: angles in radians, azimuth 0 where the photograph's camera stands.

import { add, clamp, cross, lookAt, multiply, normalise, perspective, scale, subtract } from "./maths.js";

export const UP = [0, -1, 0];
export const FIELD_OF_VIEW = (32 * Math.PI) / 180;
export const VIEWS = {
  start: { azimuth: -0.62, elevation: 0.16 },
  front: { azimuth: 0, elevation: 0 },
  side: { azimuth: -Math.PI / 2, elevation: 0 },
  above: { azimuth: 0, elevation: 1.5 },
};
const STEEPEST = 1.55;

export function makeOrbit(target, radius) {
  return { ...VIEWS.start, target, distance: radius, radius };
}

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
  const reach = 2 * orbit.distance * Math.tan(FIELD_OF_VIEW / 2);
  return { ...orbit, target: add(orbit.target, add(scale(sideways, -right * reach), scale(above, -up * reach))) };
}

export function eyeOf({ azimuth, elevation, distance, target }) {
  const flat = Math.cos(elevation);
  return add(target, scale([Math.sin(azimuth) * flat, -Math.sin(elevation), -Math.cos(azimuth) * flat], distance));
}

// The matrix from mm to clip coordinates; a narrow panel sees as much sideways as a wide one does upwards.
export function orbitView(orbit, aspect, near, far) {
  const widened = aspect < 1 ? 2 * Math.atan(Math.tan(FIELD_OF_VIEW / 2) / aspect) : FIELD_OF_VIEW;
  return multiply(perspective(widened, aspect, near, far), lookAt(eyeOf(orbit), orbit.target, UP));
}
