/**
 * The two programs of the warp. Vertices: corner (u, v) of the rendered eye, its inverse depth from a texture, moved
 * into the live eye. Fragments: BT.709 limited-range Y, U, V to sRGB codes, no look-up outside the rendered part.
 * `OPAQUE` is the desk (empty rays keep their background and give way to whatever stands there); without it the
 * background is taken out again and coverage becomes alpha, premultiplied, so that a room or the real world shows.
 */
export const WARP_VERTEX = /* glsl */ `
precision highp float;
precision highp int;
attribute vec3 position;                  // u right, v down, index of the corner
uniform mat4 clipFromRenderedEye;
uniform vec4 tangents;                    // left, right, up, down of the rendered eye
uniform float gridRow;                    // first row of this eye in the depth texture
uniform sampler2D inverseDepth;
varying vec2 place;
varying vec3 clipPlace;
void main() {
  int index = int(position.z + 0.5);
  float d = texelFetch(inverseDepth, ivec2(index % 65, index / 65 + int(gridRow)), 0).r;
  vec2 ray = vec2(-tangents.x + position.x * (tangents.x + tangents.y),
                  tangents.z - position.y * (tangents.z + tangents.w));
  gl_Position = clipFromRenderedEye * vec4(ray, -1.0, d);
  clipPlace = gl_Position.xyw;
  place = position.xy;
}`;

export const WARP_FRAGMENT = /* glsl */ `
precision highp float;
varying vec2 place;
varying vec3 clipPlace;
uniform sampler2D luma;
uniform sampler2D chromaU;
uniform sampler2D chromaV;
uniform vec2 pictureSize;                 // px
uniform vec4 slot;                        // x, y, width, height of the rendered part, px
uniform vec4 coverageBox;                 // px
uniform float grey;                       // 0..1: a stale picture loses its colour
uniform vec4 rim;                         // colour of the rim and how much of it
#ifndef OPAQUE
uniform vec3 background;                  // linear light, as the node rendered it
float toLinear(float c) { return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4); }
float toCode(float c) { return c <= 0.0031308 ? c * 12.92 : 1.055 * pow(c, 1.0 / 2.4) - 0.055; }
#endif
float coverageAt(vec2 p) {
  vec2 at = clamp(coverageBox.xy + p * coverageBox.zw, coverageBox.xy + 0.5, coverageBox.xy + coverageBox.zw - 0.5);
  float c = texture2D(luma, at / pictureSize).r;
  // The codec's noise around empty and full is neither haze nor holes.
  return clamp((c * 255.0 - 6.0) / 243.0, 0.0, 1.0);
}
void main() {
  float alpha = coverageAt(place);
  vec2 edge = abs(clipPlace.xy / clipPlace.z);
  float onRim = rim.a * smoothstep(0.86, 0.94, max(edge.x, edge.y));
#ifndef OPAQUE
  // Most of a headset's view is empty: it costs one look-up.
  if (alpha <= 0.0 && onRim <= 0.0) discard;
#endif
  vec2 lumaAt = clamp(slot.xy + place * slot.zw, slot.xy + 0.5, slot.xy + slot.zw - 0.5);
  vec2 chromaAt = clamp(slot.xy + place * slot.zw, slot.xy + 1.0, slot.xy + slot.zw - 1.0);
  float y = (texture2D(luma, lumaAt / pictureSize).r * 255.0 - 16.0) / 219.0;
  float u = (texture2D(chromaU, chromaAt / pictureSize).r * 255.0 - 128.0) / 224.0;
  float v = (texture2D(chromaV, chromaAt / pictureSize).r * 255.0 - 128.0) / 224.0;
  vec3 code = clamp(vec3(y + 1.5748 * v, y - 0.1873 * u - 0.4681 * v, y + 1.8556 * u), 0.0, 1.0);
#ifndef OPAQUE
  if (alpha <= 0.0) code = vec3(0.0);
  else if (alpha < 1.0) {
    vec3 light = vec3(toLinear(code.r), toLinear(code.g), toLinear(code.b)) - (1.0 - alpha) * background;
    light = max(light, 0.0);
    code = min(vec3(toCode(light.r), toCode(light.g), toCode(light.b)), vec3(1.0));
  }
#endif
  code = mix(code, vec3(dot(code, vec3(0.2126, 0.7152, 0.0722))) * 0.7, grey);
#ifdef OPAQUE
  gl_FragColor = vec4(mix(code, rim.rgb, onRim), 1.0);
  gl_FragDepth = alpha < 0.5 ? 1.0 : gl_FragCoord.z;
#else
  gl_FragColor = vec4(mix(code, rim.rgb, onRim), max(alpha, onRim));
#endif
}`;
