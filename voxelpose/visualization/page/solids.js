// Meshes of a sphere and a rod, and the matrices that make joints, bones and ellipsoids of them.

import { add, cross, dot, length, normalise, scale, subtract } from "./maths.js";

export function sphereMesh(rings = 24, sectors = 36) {
  const vertices = [];
  const triangles = [];
  for (let i = 0; i <= rings; i++)
    for (let j = 0; j <= sectors; j++) {
      const [theta, phi] = [(Math.PI * i) / rings, (2 * Math.PI * j) / sectors];
      const p = [Math.sin(theta) * Math.cos(phi), Math.cos(theta), Math.sin(theta) * Math.sin(phi)];
      vertices.push(...p, ...p);
    }
  for (let i = 0; i < rings; i++)
    for (let j = 0; j < sectors; j++) {
      const n = i * (sectors + 1) + j;
      triangles.push(n, n + sectors + 1, n + 1, n + 1, n + sectors + 1, n + sectors + 2);
    }
  return { vertices, triangles };
}

// Radius 1 around the y axis, from y = 0 to y = 1.
export function rodMesh(sectors = 16) {
  const vertices = [];
  const triangles = [];
  for (let j = 0; j <= sectors; j++) {
    const phi = (2 * Math.PI * j) / sectors;
    const [x, z] = [Math.cos(phi), Math.sin(phi)];
    vertices.push(x, 0, z, x, 0, z, x, 1, z, x, 0, z);
    if (j < sectors) triangles.push(2 * j, 2 * j + 1, 2 * j + 2, 2 * j + 1, 2 * j + 3, 2 * j + 2);
  }
  return { vertices, triangles };
}

const columns = (x, y, z, place) => [...x, 0, ...y, 0, ...z, 0, ...place, 1];

export function ball(place, radius) {
  return columns([radius, 0, 0], [0, radius, 0], [0, 0, radius], place);
}

export function rod(from, to, radius) {
  const along = subtract(to, from);
  const direction = length(along) > 0 ? normalise(along) : [0, 1, 0];
  const aside = normalise(cross(direction, Math.abs(direction[1]) < 0.9 ? [0, 1, 0] : [1, 0, 0]));
  return columns(scale(aside, radius), along, scale(cross(aside, direction), radius), from);
}

// The surface `deviations` standard deviations around the place. covariance: xx, xy, xz, yy, yz, zz in mm^2.
export function ellipsoid(place, covariance, deviations) {
  const { values, vectors } = principalAxes(covariance);
  const axes = vectors.map((vector, n) => scale(vector, deviations * Math.sqrt(Math.max(values[n], 1))));
  return columns(...axes, place);
}

// Eigenvalues and orthonormal eigenvectors of a symmetric 3x3 matrix, by Jacobi's rotations.
export function principalAxes([xx, xy, xz, yy, yz, zz]) {
  const a = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]];
  let vectors = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  for (let sweep = 0; sweep < 12; sweep++)
    for (const [p, q] of [[0, 1], [0, 2], [1, 2]]) {
      if (Math.abs(a[p][q]) < 1e-12) continue;
      const angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      for (let k = 0; k < 3; k++) [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
      for (let k = 0; k < 3; k++) [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
      [vectors[p], vectors[q]] = [subtract(scale(vectors[p], c), scale(vectors[q], s)), add(scale(vectors[p], s), scale(vectors[q], c))];
    }
  // The third is turned so that the axes stay right-handed and the surface keeps its outside.
  if (dot(cross(vectors[0], vectors[1]), vectors[2]) < 0) vectors = [vectors[0], vectors[1], scale(vectors[2], -1)];
  return { values: [a[0][0], a[1][1], a[2][2]], vectors };
}
