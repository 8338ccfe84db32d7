// What the page was given: facts as JSON, volumes as packed blobs, photographs as images.

import { Frustum } from "./frustum.js";
import { Stage, unpack } from "./volumes.js";

export function readFacts() {
  return JSON.parse(document.getElementById("facts").textContent);
}

// The volume of one frame, all stages; unpacked once, when first asked for.
export class VolumeStore {
  constructor(facts) {
    this.facts = facts;
    this.open = new Map();
  }

  get(number) {
    if (!this.open.has(number)) this.open.set(number, this.load(number));
    return this.open.get(number);
  }

  async load(number) {
    const facts = this.facts.volumes[number];
    const joints = this.facts.skeleton.names.length;
    const stages = await Promise.all(
      facts.stages.map(async (shape, n) => new Stage(shape, joints, await unpack(document.getElementById(`volume-${number}-${n}`).textContent))),
    );
    return { stages, frustum: new Frustum(facts), place: facts.place, crop: await loadImage(facts.crop) };
  }
}

export function loadImage(source) {
  if (!source) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("a picture of the page cannot be read"));
    image.src = source;
  });
}

export const parseColour = (hex) => [1, 3, 5].map((n) => parseInt(hex.slice(n, n + 2), 16) / 255);

export const readable = (name) => name.replaceAll("_", " ");

export const millimetres = (value) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(0)}`;

// The frame shown at a moment of a sequence: the last one that began.
export function frameAt(frames, seconds) {
  let low = 0;
  let high = frames.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (frames[middle].time <= seconds) low = middle;
    else high = middle - 1;
  }
  return low;
}

export const byId = (id) => document.getElementById(id);
