// What the controls change.

import { showDecodes, showJoints, showLegend } from "./controls.js";
import { byId, loadImage } from "./data.js";
import { photographDepths } from "./content.js";
import { clamp, scale } from "./maths.js";
import { VIEWS, fit } from "./orbit.js";
import { drawPanels, redraw, refreshView } from "./redraw.js";
import { colours, facts, frame, hexes, names, root, shown, stage, state, store } from "./state.js";
import { combine, refine } from "./volumes.js";

export const AXES = ["x", "y", "z"];
// Below this aspect a panel shows the person alone at first.
const WIDE = 1.15;

// The cells of the chosen joints at the stage shown, on the card and in the flat panels.
export function refreshCells() {
  shown.cells = shown.open && state.chosen.size ? { rgba: combine(stage(), state.chosen, colours.joints), shape: stage().shape } : null;
  shown.fine = shown.cells && refine(shown.cells.rgba, shown.cells.shape);
  shown.scene?.setVolume(shown.fine?.rgba ?? null, shown.fine?.shape, shown.open?.frustum);
  showLegend(facts, state.chosen, hexes);
  showJoints(frame(), state.chosen, root);
  byId("volume-hint").textContent = hint();
  refreshView();
}

function hint() {
  if (!shown.open) return facts.volumes.length ? "No volume is kept for this frame: choose one marked on the time line." : facts.noVolumes;
  if (!state.chosen.size) return "Choose a joint to see where it may be.";
  return facts.note;
}

export async function showFrame(number) {
  state.frame = clamp(number, 0, facts.frames.length - 1);
  const asked = state.frame;
  const { volume, photograph } = frame();
  if (photograph !== null && !shown.images.has(photograph)) shown.images.set(photograph, await loadImage(facts.photographs[photograph]));
  const found = volume === null ? null : { ...(await store.get(volume)), number: volume };
  if (state.frame !== asked) return; // another frame was asked for meanwhile
  shown.open = found;
  if (shown.images.has(photograph)) shown.scene?.setPhotograph(shown.images.get(photograph));
  if (shown.open) state.stage = Math.min(state.stage, shown.open.stages.length - 1);
  tellStage();
  byId("time").value = state.frame;
  byId("time-text").textContent = `${frame().time.toFixed(2)} s · frame ${state.frame + 1} of ${facts.frames.length}`;
  showDecodes(frame(), hexes, state.layers);
  refreshCells();
}

export function setStage(number) {
  if (!shown.open) return;
  state.stage = clamp(number, 0, shown.open.stages.length - 1);
  tellStage();
  refreshCells();
}

function tellStage() {
  const slider = byId("stage");
  slider.max = shown.open ? shown.open.stages.length - 1 : 0;
  slider.value = state.stage;
  const shape = stage()?.shape;
  byId("stage-text").textContent = shape ? `${state.stage + 1} of ${shown.open.stages.length} · ${shape.join(" × ")} cells` : "";
}

export function setMode(mode) {
  state.mode = mode;
  for (const button of document.querySelectorAll("[data-mode]")) button.setAttribute("aria-checked", button.dataset.mode === mode);
  refreshView();
}

export function choose(joints) {
  state.chosen = new Set(joints);
  refreshCells();
}

export function toggleJoint(joint) {
  const next = new Set(state.chosen);
  if (!next.delete(joint)) next.add(joint);
  choose(next);
}

export function stepJoint(step) {
  const [only] = state.chosen.size === 1 ? state.chosen : [step > 0 ? -1 : names.length];
  choose([(only + step + names.length) % names.length]);
}

export function toggleLayer(name) {
  state.layers[name] = !state.layers[name];
  document.querySelector(`[data-layer="${name}"]`).checked = state.layers[name];
  showDecodes(frame(), hexes, state.layers);
  refreshView();
}

export function setSlices(at) {
  state.slices.at = at;
  showSlices();
  refreshView(true);
}

export function showSlices() {
  AXES.forEach((name, axis) => {
    byId(`slice-${name}`).value = state.slices.at[axis];
    byId(`slice-${name}-on`).checked = state.slices.on[axis];
    const middle = state.slices.at.map((value, n) => (n === axis ? value : 0.5));
    const value = shown.open ? (axis === 2 ? shown.open.frustum.depth(state.slices.at[2]) : shown.open.frustum.toPoint([...middle.slice(0, 2), -shown.open.frustum.near / shown.open.frustum.range])[axis] - frame().joints[root][axis]) : 0;
    byId(`slice-${name}-text`).textContent = shown.open ? `${value.toFixed(0)} mm` : "";
  });
}

export function setSliced(sliced) {
  state.sliced = sliced;
  byId("projections").setAttribute("aria-pressed", !sliced);
  byId("slices").setAttribute("aria-pressed", sliced);
  drawPanels();
}

export function setView(name) {
  state.lens = name === "lens";
  if (name === "start") state.orbit = startOrbit();
  else if (!state.lens) state.orbit = fit(VIEWS[name], frame().joints.flatMap(padded), aspectOf(shown.scene));
  redraw();
}

export function move(act) {
  // From the lens one goes on where the photograph's camera stands.
  if (state.lens) Object.assign(state, { lens: false, orbit: fit(VIEWS.front, frame().joints.flatMap(padded), aspectOf(shown.scene)) });
  state.orbit = act(state.orbit);
  redraw(true);
}

// Around the person; with room at the sides, around the photograph before the camera too.
export function startOrbit() {
  const { joints } = frame();
  const aspect = aspectOf(shown.scene);
  const [depth] = photographDepths(facts, frame());
  const picture = aspect > WIDE && state.layers.photograph ? facts.corners.map((ray) => scale(ray, depth)) : [];
  return fit(VIEWS.start, [...joints.flatMap(padded), ...picture], aspect);
}

// A head's height above and half of it below, for what is drawn around joints.
const padded = ([x, y, z]) => [[x, y - 260, z], [x, y + 130, z]];

const aspectOf = (scene) => (scene ? scene.canvas.clientWidth / Math.max(1, scene.canvas.clientHeight) : 1);
