// What lies under the pointer, in the scene and in the flat panels.

import { AXES, setSlices } from "./changes.js";
import { rayThrough, viewOf } from "./content.js";
import { describePlace } from "./controls.js";
import { byId, readable } from "./data.js";
import { toScreen } from "./maths.js";
import { fractionsAt } from "./panels.js";
import { tellPlace } from "./redraw.js";
import { facts, frame, names, root, shown, stage, state } from "./state.js";

const HOVER_PIXELS = 14;

export function hoverScene(x, y) {
  const { clientWidth: width, clientHeight: height } = shown.scene.canvas;
  const { eye, direction } = rayThrough(state, facts.camera, width, height, x, y);
  const met = shown.open ? AXES.map((_, axis) => (state.slices.on[axis] ? shown.open.frustum.meet(eye, direction, axis, state.slices.at[axis]) : null)).filter(Boolean) : [];
  if (met.length) {
    const nearest = met.reduce((a, b) => (a.distance < b.distance ? a : b));
    const told = describePlace(nearest.fractions, stage(), shown.open.frustum, frame().joints[root], state.chosen, names);
    byId("hover").textContent = told.map(([term, value]) => `${term} ${value}`).join("   ");
    return tellPlace(nearest.fractions);
  }
  const { view } = viewOf(state, facts.camera, width, height);
  const places = frame().joints.map((point, joint) => ({ joint, at: toScreen(view, point, width, height) })).filter(({ at }) => at);
  const gap = ({ at }) => Math.hypot(at[0] - x * width, at[1] - y * height);
  const near = places.length && places.reduce((a, b) => (gap(a) < gap(b) ? a : b));
  byId("hover").textContent = near && gap(near) < HOVER_PIXELS ? describeJoint(near.joint) : "";
}

function describeJoint(joint) {
  const relative = frame().joints[joint].map((value, axis) => Math.round(value - frame().joints[root][axis]));
  const [xx, , , yy, , zz] = frame().covariance[joint];
  return `${readable(names[joint])}: ${relative.join(", ")} mm from the ${names[root]}, ± ${Math.sqrt(xx + yy + zz).toFixed(0)} mm`;
}

export function listenToPanels() {
  for (const canvas of document.querySelectorAll("canvas[data-plane]")) {
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return fractionsAt(canvas.dataset.plane, [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height], state.slices.at);
    };
    canvas.addEventListener("pointermove", (event) => (event.buttons ? setSlices(at(event)) : tellPlace(at(event))));
    canvas.addEventListener("pointerdown", (event) => (canvas.setPointerCapture(event.pointerId), setSlices(at(event))));
    canvas.addEventListener("pointerleave", () => tellPlace());
  }
}
