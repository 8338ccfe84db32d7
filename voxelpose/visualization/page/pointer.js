// Mouse, pen and fingers on the scene: one turns, two move and zoom, the right button or shift moves.

const WHEEL = 0.0012;

// acts: {turn(dx, dy), pan(dx, dy), zoom(factor), hover(x, y), leave()}; turns in radians, the rest in parts of the panel.
export function listenToPointers(canvas, acts) {
  const down = new Map();
  const part = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, event);
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => down.delete(event.pointerId));
  canvas.addEventListener("pointerleave", acts.leave);
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (before === undefined) return acts.hover(...part(event));
    const { width, height } = canvas.getBoundingClientRect();
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (down.size === 2) {
      const other = [...down.values()].find((held) => held.pointerId !== event.pointerId);
      const gap = (held) => Math.hypot(held.clientX - other.clientX, held.clientY - other.clientY);
      acts.zoom(Math.max(gap(before), 1) / Math.max(gap(event), 1));
      acts.pan(dx / height / 2, -dy / height / 2);
    } else if (event.buttons === 2 || event.shiftKey) acts.pan(dx / height, -dy / height);
    else acts.turn((dx / width) * Math.PI, (dy / height) * Math.PI);
    down.set(event.pointerId, event);
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    acts.zoom(Math.exp(event.deltaY * WHEEL));
  }, { passive: false });
}

// keys: {key: act}; keys that a focused control needs itself stay with it.
export function listenToKeys(keys) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const { tagName } = event.target;
    if (tagName === "INPUT" && (event.key.startsWith("Arrow") || event.key === " ")) return;
    if (tagName === "BUTTON" && event.key === " ") return;
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}
