/**
 * The two programs between a decoded picture and the screen.
 *
 * Colour, once per picture: BT.709 limited-range Y, U, V and coverage become one texture of sRGB codes with alpha, at
 * the picture's own size. In a headset the background is taken out again and coverage becomes alpha, premultiplied,
 * so that a room or the real world shows; at a desk the codes stay as they are where anything is, and alpha only tells where.
 *
 * Warp, every display frame: a corner (u, v) of the rendered eye with its inverse depth is moved into the live eye;
 * each fragment is one look-up, never outside the rendered part.
 */
import { COVERAGE_NOISE, GRID_CORNERS } from './covered-cells.ts';

export const COLOUR_VERTEX = /* glsl */ `
precision highp float;
attribute vec3 position;                  // u right, v down, index of the corner
uniform vec4 slot;                        // x, y, width, height of the rendered part, px
uniform vec2 targetSize;                  // px
varying vec2 place;
void main() {
  place = position.xy;
  gl_Position = vec4((slot.xy + position.xy * slot.zw) / targetSize * 2.0 - 1.0, 0.0, 1.0);
}`;

/** `SEE_THROUGH` is the headset. A program of its own: some devices pay for both sides of every branch. */
export const COLOUR_FRAGMENT = /* glsl */ `
precision highp float;
precision highp int;
varying vec2 place;
uniform highp sampler2D luma;
uniform highp sampler2D chromaU;
uniform highp sampler2D chromaV;
uniform vec2 pictureSize;                 // px
uniform vec4 slot;
uniform vec4 coverageBox;                 // px
uniform vec3 background;                  // as the node rendered it: linear light, or codes where nothing is taken out
#ifdef SEE_THROUGH
float toLinear(float c) { return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4); }
float toCode(float c) { return c <= 0.0031308 ? c * 12.92 : 1.055 * pow(c, 1.0 / 2.4) - 0.055; }
#endif
void main() {
  vec2 coverAt = clamp(coverageBox.xy + place * coverageBox.zw, coverageBox.xy + 0.5, coverageBox.xy + coverageBox.zw - 0.5);
  float cover = texture2D(luma, coverAt / pictureSize).r * 255.0;
  // The codec's noise around empty and full is neither haze nor holes.
  float alpha = clamp((cover - ${COVERAGE_NOISE.toFixed(1)}) / ${(249 - COVERAGE_NOISE).toFixed(1)}, 0.0, 1.0);
  vec2 chromaAt = clamp(gl_FragCoord.xy, slot.xy + 1.0, slot.xy + slot.zw - 1.0) / pictureSize;
  float y = (texelFetch(luma, ivec2(gl_FragCoord.xy), 0).r * 255.0 - 16.0) / 219.0;
  float u = (texture2D(chromaU, chromaAt).r * 255.0 - 128.0) / 224.0;
  float v = (texture2D(chromaV, chromaAt).r * 255.0 - 128.0) / 224.0;
  vec3 code = clamp(vec3(y + 1.5748 * v, y - 0.1873 * u - 0.4681 * v, y + 1.8556 * u), 0.0, 1.0);
#ifdef SEE_THROUGH
  if (alpha <= 0.0) code = vec3(0.0);
  else if (alpha < 1.0) {
    vec3 light = vec3(toLinear(code.r), toLinear(code.g), toLinear(code.b)) - (1.0 - alpha) * background;
    light = max(light, 0.0);
    code = min(vec3(toCode(light.r), toCode(light.g), toCode(light.b)), vec3(1.0));
  }
#else
  // What the codec made of the empty ground is a code off, here and there: the ground itself has no such seams.
  code = mix(background, code, min(1.0, 25.0 * alpha));
#endif
  gl_FragColor = vec4(code, alpha);
}`;

export const WARP_VERTEX = /* glsl */ `
precision highp float;
precision highp int;
attribute vec3 position;                  // u right, v down, index of the corner
uniform mat4 clipFromRenderedEye;
uniform vec4 tangents;                    // left, right, up, down of the rendered eye
uniform float gridRow;                    // first row of this eye in the depth texture
uniform highp sampler2D inverseDepth;
uniform vec4 slot;                        // x, y, width, height of the rendered part, of the colour texture
varying vec2 at;
void main() {
  int index = int(position.z + 0.5);
  float d = texelFetch(inverseDepth, ivec2(index % ${GRID_CORNERS}, index / ${GRID_CORNERS} + int(gridRow)), 0).r;
  vec2 ray = vec2(-tangents.x + position.x * (tangents.x + tangents.y),
                  tangents.z - position.y * (tangents.z + tangents.w));
  gl_Position = clipFromRenderedEye * vec4(ray, -1.0, d);
  at = slot.xy + position.xy * slot.zw;
}`;

/** `OPAQUE` is the desk: empty rays give way to whatever stands there. */
export const WARP_FRAGMENT = /* glsl */ `
precision highp float;
varying vec2 at;
uniform sampler2D colour;
uniform vec4 within;                      // where the middles of the outermost pixels are: left, top, right, bottom
uniform float grey;                       // 0..1: a stale picture loses its colour
void main() {
  vec4 seen = texture2D(colour, clamp(at, within.xy, within.zw));
  // As much as there is to see: the ground around the anatomy stays the ground.
  float dull = grey * min(1.0, 4.0 * seen.a);
  seen.rgb = mix(seen.rgb, vec3(dot(seen.rgb, vec3(0.2126, 0.7152, 0.0722))) * 0.7, dull);
#ifdef OPAQUE
  gl_FragColor = vec4(seen.rgb, 1.0);
  gl_FragDepth = seen.a < 0.5 ? 1.0 : gl_FragCoord.z;
#else
  gl_FragColor = seen;
#endif
}`;
