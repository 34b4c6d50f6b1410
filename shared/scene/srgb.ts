/** The sRGB curve, IEC 61966-2-1: codes and light both 0..1. */
export const linearFromSrgb = (code: number): number =>
  code <= 0.04045 ? code / 12.92 : ((code + 0.055) / 1.055) ** 2.4;

export const srgbFromLinear = (light: number): number =>
  light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
