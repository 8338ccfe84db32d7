// What the viewer makes of the list of results; no browser needed.

// choice: {search, model, confidence, order}. Broken results stay visible unless a model is chosen.
export function select(results, { search, model, confidence, order }) {
  const kept = results.filter(
    (r) => r.name.toLowerCase().includes(search.toLowerCase()) && (!model || r.model === model) && (r.error !== null ? !model : r.confidence >= confidence),
  );
  const rank = { name: () => 0, least: (r) => r.confidence ?? 2, most: (r) => -(r.confidence ?? -2) }[order];
  return kept.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

// The most natural partner to compare with: the same picture by another network, then in another folder.
export function partner(results, first) {
  const same = results.filter((r) => r.error === null && r.name !== first.name && r.picture === first.picture);
  return same.find((r) => r.model !== first.model || r.weights !== first.weights) ?? same[0] ?? null;
}

// Distances in mm between two results' joints, both taken from the root, by joint that both have.
export function differences(a, b) {
  const from = (result, joint) => result.joints[joint].map((value, axis) => value - result.joints[result.root][axis]);
  return a.jointNames.flatMap((name, joint) => {
    const other = b.jointNames.indexOf(name);
    if (other < 0) return [];
    const there = from(b, other);
    return [{ name, distance: Math.hypot(...from(a, joint).map((value, axis) => value - there[axis])) }];
  });
}
