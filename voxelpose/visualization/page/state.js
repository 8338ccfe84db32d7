// What the page shows: its facts, the choices made in it, and what is open of them.

import { VolumeStore, parseColour, readFacts } from "./data.js";

export const facts = readFacts();
export const store = new VolumeStore(facts);
export const { names, root, parents } = facts.skeleton;
export const colours = {
  joints: facts.skeleton.jointColours.map(parseColour),
  bones: facts.skeleton.boneColours.map(parseColour),
  decodes: Object.fromEntries(Object.entries(facts.decodeColours).map(([name, hex]) => [name, parseColour(hex)])),
};
export const hexes = { joints: facts.skeleton.jointColours, bones: facts.skeleton.boneColours, decodes: facts.decodeColours };
export const ends = names.map((_, joint) => joint).filter((joint) => !parents.includes(joint));

export const state = {
  frame: 0,
  stage: 0,
  mode: "mip",
  threshold: 0.08,
  opacity: 0.9,
  chosen: new Set(facts.chosen),
  layers: { skeleton: true, ellipsoids: false, ground: true, frustum: true, photograph: true, rays: true, decodes: false, truth: Boolean(facts.truth), box: true },
  slices: { at: [0.5, 0.5, 0.5], on: [false, false, false] },
  sliced: false,
  photoAt: 0,
  lens: false,
  orbit: null,
};

// open: the volume of the frame shown, {stages, frustum, place, crop, number}, or null; cells: {rgba, shape} of the chosen
// joints, or null; fine: the same as the scene has it; scene: null without WebGL2; images: photographs by number.
export const shown = { open: null, cells: null, fine: null, scene: null, images: new Map() };

export const frame = () => facts.frames[state.frame];
export const stage = () => shown.open?.stages[Math.min(state.stage, shown.open.stages.length - 1)];
