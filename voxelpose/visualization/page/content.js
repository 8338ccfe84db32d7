// From the page's state to what the scene draws.

import { eyeOf, orbitView } from "./orbit.js";
import { add, lensView, scale, subtract } from "./maths.js";
import { FAR, NEAR, boxLines, cameraLines, dashes } from "./scene.js";
import { ball, ellipsoid, rod } from "./solids.js";

const JOINT_RADIUS = 21;
const BONE_RADIUS = 11;
const THIN_RADIUS = 4.5;
const DEVIATIONS = 2;
const BEYOND = 400;
// Before the camera the photograph is so many mm high, or less if it is wide.
const PICTURE_HEIGHT = 760;
const WIDE_PICTURE = 0.62;

export function viewOf(state, camera, width, height) {
  if (state.lens) return { view: lensView(camera, width, height, NEAR, FAR), eye: [0, 0, 0] };
  return { view: orbitView(state.orbit, width / height, NEAR, FAR), eye: eyeOf(state.orbit) };
}

// Depths in mm between which the photograph can stand: before the camera, and behind the volume.
export function photographDepths(facts, frame) {
  const first = (PICTURE_HEIGHT * facts.camera.fy) / Math.max(facts.camera.height, WIDE_PICTURE * facts.camera.width);
  const last = frame.rootDepth + Math.max(...facts.volumes.map((v) => v.far), 600) + BEYOND;
  return [Math.min(first, 0.5 * frame.rootDepth), last];
}

export function makeContent({ facts, state, frame, colours, frustum, box, quality, size }) {
  const { view, eye } = viewOf(state, facts.camera, ...size);
  const { layers } = state;
  const depths = photographDepths(facts, frame);
  const depth = state.lens ? depths[1] : depths[0] + state.photoAt * (depths[1] - depths[0]);
  const corners = facts.corners.map((ray) => scale(ray, depth));
  const lines = [];
  if (layers.rays) lines.push({ points: rayLines(frame, state.chosen, depth), colour: [0.75, 0.8, 0.9, 0.4] });
  if (layers.photograph && !state.lens) lines.push({ points: cameraLines(corners), colour: [0.6, 0.66, 0.78, 0.55] });
  if (layers.frustum && frustum) lines.push({ points: boxLines(frustum.corners()), colour: [0.34, 0.71, 0.91, 0.5] });
  const { rods, balls } = solidsOf(frame, facts.skeleton, colours, state);
  return {
    view, eye, lines, rods, balls,
    glass: layers.ellipsoids ? glassOf(frame, colours, state.chosen) : [],
    ground: layers.ground && !state.lens ? groundOf(frame, facts.skeleton.root) : null,
    photograph: layers.photograph ? { corners, alpha: state.lens ? 0.6 : 0.96, behind: isBehind(eye, depth, frame) } : null,
    slices: ["x", "y", "z"].map((name, axis) => ({ axis, at: state.slices.at[axis], on: state.slices.on[axis] })).filter(({ on }) => on),
    volume: state.mode === "off" ? null : { mode: state.mode, threshold: state.threshold, opacity: state.opacity, box, quality },
  };
}

// The volume has no depth of its own on the screen: what stands behind the person is drawn before it.
const isBehind = (eye, depth, frame) => (depth > frame.rootDepth ? eye[2] < depth : eye[2] > depth);

function groundOf(frame, root) {
  return { middle: frame.joints[root], height: Math.max(...frame.joints.map(([, y]) => y)) + JOINT_RADIUS };
}

function rayLines(frame, chosen, from) {
  return [...chosen].flatMap((joint) => {
    const point = frame.joints[joint];
    return dashes(scale(point, Math.min(1, from / point[2])), point);
  });
}

function solidsOf(frame, skeleton, colours, { layers, chosen }) {
  const rods = [];
  const balls = [];
  const paint = (joint) => faded(colours.bones[joint], frame.confidence[joint]);
  if (layers.skeleton) {
    forBones(skeleton, (parent, joint) => rods.push([...rod(frame.joints[parent], frame.joints[joint], BONE_RADIUS), ...paint(joint), 1]));
    frame.joints.forEach((point, joint) => {
      balls.push([...ball(point, JOINT_RADIUS), ...(chosen.has(joint) ? faded(colours.joints[joint], frame.confidence[joint]) : paint(joint)), 1]);
    });
  }
  if (layers.truth && frame.truth) {
    forBones(skeleton, (parent, joint) => rods.push([...rod(frame.truth[parent], frame.truth[joint], THIN_RADIUS), 1, 1, 1, 1]));
    frame.truth.forEach((point) => balls.push([...ball(point, 2 * THIN_RADIUS), 1, 1, 1, 1]));
  }
  if (layers.decodes)
    for (const { name, joints } of frame.decodes) {
      const colour = colours.decodes[name];
      forBones(skeleton, (parent, joint) => rods.push([...rod(joints[parent], joints[joint], THIN_RADIUS), ...colour, 1]));
      joints.forEach((point) => balls.push([...ball(point, 2.6 * THIN_RADIUS), ...colour, 1]));
    }
  return { rods, balls };
}

function forBones({ parents }, act) {
  parents.forEach((parent, joint) => parent !== joint && act(parent, joint));
}

const faded = (colour, confidence) => {
  const strength = 0.4 + 0.6 * confidence;
  return colour.map((value) => value * strength + 0.32 * (1 - strength));
};

function glassOf(frame, colours, chosen) {
  return [...chosen].map((joint) => [...ellipsoid(frame.joints[joint], frame.covariance[joint], DEVIATIONS), ...colours.joints[joint], 1]);
}

// The direction from the eye through a point of the panel, in parts of its width and height from the top left.
export function rayThrough(state, camera, width, height, x, y) {
  const { eye } = viewOf(state, camera, width, height);
  if (state.lens) {
    const factor = Math.min(width / camera.width, height / camera.height);
    const u = (x * width - (width - factor * camera.width) / 2) / factor - 0.5;
    const v = (y * height - (height - factor * camera.height) / 2) / factor - 0.5;
    return { eye, direction: [(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, 1] };
  }
  return { eye, direction: throughOrbit(state.orbit, width / height, x, y) };
}

function throughOrbit(orbit, aspect, x, y) {
  const view = orbitView(orbit, aspect, NEAR, FAR);
  const eye = eyeOf(orbit);
  const forward = subtract(orbit.target, eye).map((v) => v / orbit.distance);
  const right = unit([view[0], view[4], view[8]]);
  const above = unit([view[1], view[5], view[9]]);
  const reach = (row) => 1 / Math.hypot(view[row], view[4 + row], view[8 + row]);
  return add(forward, add(scale(right, (2 * x - 1) * reach(0)), scale(above, (1 - 2 * y) * reach(1))));
}

const unit = (a) => scale(a, 1 / Math.hypot(...a));
