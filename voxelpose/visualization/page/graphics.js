// The little of WebGL2 that the scene needs: programs, meshes drawn many times, flat polygons, textures, targets.

export function program(gl, vertex, fragment) {
  const made = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
  const uniforms = new Map();
  for (let n = 0; n < gl.getProgramParameter(made, gl.ACTIVE_UNIFORMS); n++) {
    const { name, type } = gl.getActiveUniform(made, n);
    uniforms.set(name, { place: gl.getUniformLocation(made, name), type });
  }
  return { made, uniforms };
}

// Use a program with uniforms given by name; a texture's value is its unit.
export function use(gl, { made, uniforms }, values) {
  gl.useProgram(made);
  for (const [name, value] of Object.entries(values)) {
    const uniform = uniforms.get(name);
    if (uniform === undefined) continue;
    const { place, type } = uniform;
    if (type === gl.FLOAT_MAT4) gl.uniformMatrix4fv(place, false, value);
    else if (type === gl.FLOAT) gl.uniform1f(place, value);
    else if (type === gl.FLOAT_VEC2) gl.uniform2fv(place, value);
    else if (type === gl.FLOAT_VEC3) gl.uniform3fv(place, value);
    else if (type === gl.FLOAT_VEC4) gl.uniform4fv(place, value);
    else gl.uniform1i(place, value);
  }
}

function attribute(gl, { made }, name, size, stride, offset, each) {
  const place = gl.getAttribLocation(made, name);
  if (place < 0) return;
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, size, gl.FLOAT, false, stride, offset);
  gl.vertexAttribDivisor(place, each);
}

// A mesh (corners and normals, 6 numbers each) drawn once per instance (a 4x4 matrix and a colour, 20 numbers each).
export class Instanced {
  constructor(gl, used, { vertices, triangles }) {
    this.gl = gl;
    this.count = triangles.length;
    this.array = gl.createVertexArray();
    this.instances = gl.createBuffer();
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(vertices), gl.STATIC_DRAW);
    attribute(gl, used, "corner", 3, 24, 0, 0);
    attribute(gl, used, "normal", 3, 24, 12, 0);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint16Array(triangles), gl.STATIC_DRAW);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.instances);
    [0, 1, 2, 3].forEach((n) => attribute(gl, used, `column${n}`, 4, 80, 16 * n, 1));
    attribute(gl, used, "colour", 4, 80, 64, 1);
    gl.bindVertexArray(null);
  }

  draw(instances) {
    const { gl } = this;
    if (!instances.length) return;
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.instances);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(instances.flat()), gl.DYNAMIC_DRAW);
    gl.drawElementsInstanced(gl.TRIANGLES, this.count, gl.UNSIGNED_SHORT, 0, instances.length);
    gl.bindVertexArray(null);
  }
}

// Polygons and lines that change from picture to picture; vertices are [x, y, z, u, v].
export class Flat {
  constructor(gl, used) {
    this.gl = gl;
    this.array = gl.createVertexArray();
    this.buffer = gl.createBuffer();
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    attribute(gl, used, "corner", 3, 20, 0, 0);
    attribute(gl, used, "texel", 2, 20, 12, 0);
    gl.bindVertexArray(null);
  }

  draw(vertices, kind = this.gl.TRIANGLE_FAN) {
    const { gl } = this;
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(vertices.flat()), gl.DYNAMIC_DRAW);
    gl.drawArrays(kind, 0, vertices.length);
    gl.bindVertexArray(null);
  }
}

// Two triangles that cover the target.
export function screen(gl, used) {
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
  attribute(gl, used, "corner", 2, 8, 0, 0);
  gl.bindVertexArray(null);
  return () => {
    gl.bindVertexArray(array);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.bindVertexArray(null);
  };
}

export function texture(gl, kind, filter) {
  const made = gl.createTexture();
  gl.bindTexture(kind, made);
  for (const axis of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) gl.texParameteri(kind, axis, gl.CLAMP_TO_EDGE);
  gl.texParameteri(kind, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(kind, gl.TEXTURE_MAG_FILTER, filter);
  return made;
}

// A picture to draw into: its colours, or its depths where `depth` is set.
export class Target {
  constructor(gl, depth) {
    Object.assign(this, { gl, depth, width: 0, height: 0 });
    this.texture = texture(gl, gl.TEXTURE_2D, depth ? gl.NEAREST : gl.LINEAR);
    this.buffer = gl.createFramebuffer();
  }

  begin(width, height) {
    const { gl } = this;
    if (this.width !== width || this.height !== height) {
      Object.assign(this, { width, height });
      gl.bindTexture(gl.TEXTURE_2D, this.texture);
      const format = this.depth ? [gl.DEPTH_COMPONENT24, gl.DEPTH_COMPONENT, gl.UNSIGNED_INT] : [gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE];
      gl.texImage2D(gl.TEXTURE_2D, 0, format[0], width, height, 0, format[1], format[2], null);
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.buffer);
    const point = this.depth ? gl.DEPTH_ATTACHMENT : gl.COLOR_ATTACHMENT0;
    gl.framebufferTexture2D(gl.FRAMEBUFFER, point, gl.TEXTURE_2D, this.texture, 0);
    gl.viewport(0, 0, width, height);
  }
}
