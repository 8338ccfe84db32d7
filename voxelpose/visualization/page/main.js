// The page: listens to its controls, keys and pointers, and starts.

import { AXES, choose, move, setMode, setSliced, setSlices, setStage, setView, showFrame, showSlices, startOrbit, stepJoint, toggleJoint, toggleLayer } from "./changes.js";
import { photographDepths, viewOf } from "./content.js";
import { buildHeader, buildJoints } from "./controls.js";
import { byId } from "./data.js";
import { hoverScene, listenToPanels } from "./hover.js";
import { clamp } from "./maths.js";
import { pan, turn, zoom } from "./orbit.js";
import { stopPlaying, togglePlay, toggleStages } from "./player.js";
import { listenToKeys, listenToPointers } from "./pointer.js";
import { redraw, refreshView, rest } from "./redraw.js";
import { Scene } from "./scene.js";
import { ends, facts, frame, hexes, names, root, shown, state } from "./state.js";

const MODES = ["mip", "emission", "off"];

function listenToControls() {
  const slide = (id, show, act) => {
    const input = byId(id);
    const tell = () => (byId(`${id}-text`).textContent = show(Number(input.value)));
    input.addEventListener("input", () => (act(Number(input.value)), tell()));
    return (value) => ((input.value = value), tell());
  };
  const percent = (value) => `${Math.round(100 * value)} %`;
  slide("threshold", percent, (value) => ((state.threshold = value), refreshView(true)))(state.threshold);
  slide("opacity", percent, (value) => ((state.opacity = value), redraw(true)))(state.opacity);
  const metres = (value) => {
    const [near, far] = photographDepths(facts, frame());
    return `${((near + value * (far - near)) / 1000).toFixed(1)} m`;
  };
  slide("photo-at", metres, (value) => ((state.photoAt = value), redraw(true)))(state.photoAt);
  byId("stage").addEventListener("input", (event) => (stopPlaying(), setStage(Number(event.target.value))));
  byId("time").addEventListener("input", (event) => (stopPlaying(), showFrame(Number(event.target.value))));
  AXES.forEach((name, axis) => {
    byId(`slice-${name}`).addEventListener("input", (event) => setSlices(state.slices.at.map((value, n) => (n === axis ? Number(event.target.value) : value))));
    byId(`slice-${name}-on`).addEventListener("change", (event) => ((state.slices.on[axis] = event.target.checked), refreshView()));
  });
  for (const button of document.querySelectorAll("[data-mode]")) button.addEventListener("click", () => setMode(button.dataset.mode));
  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => setView(button.dataset.view));
  for (const box of document.querySelectorAll("[data-layer]")) {
    box.checked = state.layers[box.dataset.layer];
    box.addEventListener("change", () => toggleLayer(box.dataset.layer));
  }
  byId("projections").addEventListener("click", () => setSliced(false));
  byId("slices").addEventListener("click", () => setSliced(true));
  byId("play").addEventListener("click", togglePlay);
  byId("play-stages").addEventListener("click", toggleStages);
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("joints-all").addEventListener("click", () => choose(names.keys()));
  byId("joints-none").addEventListener("click", () => choose([]));
  byId("joints-ends").addEventListener("click", () => choose(ends));
}

const KEYS = {
  ArrowLeft: () => move((orbit) => turn(orbit, 0.1, 0)),
  ArrowRight: () => move((orbit) => turn(orbit, -0.1, 0)),
  ArrowUp: () => move((orbit) => turn(orbit, 0, 0.08)),
  ArrowDown: () => move((orbit) => turn(orbit, 0, -0.08)),
  "+": () => move((orbit) => zoom(orbit, 0.9)),
  "=": () => move((orbit) => zoom(orbit, 0.9)),
  "-": () => move((orbit) => zoom(orbit, 1 / 0.9)),
  r: () => setView("start"),
  c: () => setView("lens"),
  m: () => setMode(MODES[(MODES.indexOf(state.mode) + 1) % MODES.length]),
  "[": () => setStage(state.stage - 1),
  "]": () => setStage(state.stage + 1),
  j: () => stepJoint(1),
  k: () => stepJoint(-1),
  a: () => choose(names.keys()),
  s: () => toggleLayer("skeleton"),
  e: () => toggleLayer("ellipsoids"),
  d: () => toggleLayer("decodes"),
  " ": togglePlay,
  ",": () => showFrame(state.frame - 1),
  ".": () => showFrame(state.frame + 1),
  "?": () => byId("keys").showModal(),
};

function openScene() {
  try {
    shown.scene = new Scene(byId("scene"));
    listenToPointers(shown.scene.canvas, {
      turn: (dx, dy) => move((orbit) => turn(orbit, dx, dy)),
      pan: (dx, dy) => move((orbit) => pan(orbit, dx, dy)),
      zoom: (factor) => move((orbit) => zoom(orbit, factor)),
      hover: hoverScene,
      leave: () => (byId("hover").textContent = ""),
    });
  } catch (error) {
    document.body.classList.add("without");
    byId("fallback").hidden = false;
    byId("fallback").textContent = "This browser offers no WebGL2: the scene in space is left out, its three projections stay.";
  }
}

function markTimes() {
  const last = facts.frames.length - 1;
  byId("time").max = last;
  byId("time-field").hidden = last < 1;
  const marked = facts.frames.flatMap((f, n) => (f.volume === null || last < 1 ? [] : [n]));
  byId("ticks").replaceChildren(
    ...marked.map((n) => {
      const tick = document.createElement("i");
      tick.style.left = `calc(7.5px + (100% - 15px) * ${n / last})`;
      return tick;
    }),
  );
}

async function start() {
  document.body.classList.toggle("no-volume", facts.volumes.length === 0);
  document.body.classList.toggle("still", facts.frames.length < 2);
  byId("truth-layer").hidden = !facts.truth;
  buildHeader(facts, frame());
  buildJoints(facts, hexes, toggleJoint);
  markTimes();
  state.stage = Infinity;
  openScene();
  state.orbit = startOrbit();
  listenToControls();
  listenToPanels();
  listenToKeys(KEYS);
  await showFrame(facts.first);
  if (shown.open) state.slices.at = shown.open.frustum.toFractions(frame().joints[[...state.chosen][0] ?? root]).map((value) => clamp(value, 0, 1));
  showSlices();
  setMode(state.mode);
  new ResizeObserver(() => refreshView()).observe(document.body);
}

// For the console and for tests.
window.voxelpose = {
  facts,
  state,
  rest,
  redraw,
  view: () => viewOf(state, facts.camera, shown.scene.canvas.clientWidth, shown.scene.canvas.clientHeight).view,
  ready: start().then(
    () => (document.body.dataset.ready = Math.round(performance.now())),
    (error) => {
      byId("fallback").hidden = false;
      byId("fallback").textContent = `The page cannot be shown: ${error.message}.`;
      throw error;
    },
  ),
};
