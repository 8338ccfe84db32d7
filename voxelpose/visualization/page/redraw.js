// Drawing again what a change touches.

import { makeContent } from "./content.js";
import { describePlace, showReadout } from "./controls.js";
import { byId } from "./data.js";
import { drawPanel, heatOf } from "./panels.js";
import { drawPicture } from "./picture.js";
import { colours, facts, frame, hexes, names, root, shown, stage, state } from "./state.js";
import { bounds } from "./volumes.js";

const REST_MS = 160;
const MOVING_QUALITY = 0.45;

let queued = false;
let moving = 0;

export function redraw(isMoving = false) {
  if (isMoving) {
    clearTimeout(moving);
    moving = setTimeout(() => ((moving = 0), redraw()), REST_MS);
  }
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => {
    queued = false;
    drawScene();
  });
}

function drawScene() {
  if (shown.scene === null) return;
  const canvas = shown.scene.canvas;
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const size = [Math.max(1, Math.round(canvas.clientWidth * ratio)), Math.max(1, Math.round(canvas.clientHeight * ratio))];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const box = shown.fine && bounds(shown.fine.rgba, shown.fine.shape, state.threshold);
  const quality = (moving ? MOVING_QUALITY : 1) / Math.max(1, ratio / 1.5);
  shown.scene.draw(makeContent({ facts, state, frame: frame(), colours, frustum: shown.open?.frustum, box, quality, size }));
}

function drawPhoto() {
  const heat = shown.cells && state.mode !== "off" ? heatOf(shown.cells.rgba, shown.cells.shape, "front") : null;
  const { layers } = state;
  const shapes = { argmax: "square", "soft-argmax": "circle" };
  const marks = layers.decodes ? frame().decodes.map(({ name, joints2d }) => ({ points: joints2d, colour: hexes.decodes[name], shape: shapes[name] ?? "diamond" })) : [];
  if (layers.truth && frame().truth2d) marks.push({ points: frame().truth2d, colour: "#ffffff", shape: "circle" });
  const image = shown.images.get(frame().photograph) ?? null;
  drawPicture(byId("photo"), { image, size: [facts.camera.width, facts.camera.height], frame: frame(), skeleton: facts.skeleton, colours: hexes, layers, heat, place: shown.open?.place, marks });
}

export function drawPanels() {
  if (!shown.open) return;
  const { at, on } = state.slices;
  const joints = frame().joints.map((point) => shown.open.frustum.toFractions(point));
  const zero = -shown.open.frustum.near / shown.open.frustum.range;
  for (const canvas of document.querySelectorAll("canvas[data-plane]"))
    drawPanel(canvas, canvas.dataset.plane, { rgba: shown.cells?.rgba, shape: shown.cells?.shape, at, on, sliced: state.sliced, crop: shown.open.crop, joints, colours: hexes.joints, chosen: state.chosen, zero });
}

export function tellPlace(fractions = state.slices.at) {
  if (!shown.open || !stage()) return;
  showReadout(describePlace(fractions, stage(), shown.open.frustum, frame().joints[root], state.chosen, names));
}

export function refreshView(isMoving = false) {
  redraw(isMoving);
  drawPhoto();
  drawPanels();
  tellPlace();
}

// Resolves when the last change is drawn in full.
export async function rest() {
  do await new Promise(requestAnimationFrame);
  while (queued || moving);
}
