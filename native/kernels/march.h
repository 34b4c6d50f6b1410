// The stereo ray march: emission and absorption, front to back. Opacity between two samples comes from the integral
// of extinction over the values between them (exact for values that run straight), so a thin peak of the transfer
// function is never stepped over. Empty macrocells are leapt over in whole steps: leaping changes no bit.
#pragma once
#include "ray.h"
#include "shade.h"

namespace ISA_NS {
using anteroom::kBins;
using anteroom::kColourBins;
using anteroom::LookView;

/** Light that gets through below this is not followed any further: what was seen stands for the rest. */
constexpr float kEnough = 1.0f / 512.0f;
/** Extinction per mm above which normals are taken from smooth central differences, while this much light is left. */
constexpr float kSolid = 0.04f;
constexpr float kLightLeft = 0.03f;
/** A step is cut into this many where it holds a surface. */
constexpr int kParts = 4;
/** Share of the picture above which a whole step is taken again in parts; a part below a quarter of it ends that. */
constexpr float kSurface = 0.08f;

/** What a packet brings back, one slot per lane. */
template <int W>
struct Seen {
  typename Lanes<W>::F red, green, blue, through, weight, inverse, inverse2;
};

template <int W, class Voxel, bool Masked>
AR_FN int marchComposite(const MarchView& m, const EyeView& e, typename Lanes<W>::I column, typename Lanes<W>::I line,
                         Seen<W>& out) {
  using L = Lanes<W>;
  using F = typename L::F;
  using I = typename L::I;
  const LookView& look = m.look;
  const Ray<W> r = startRay<W>(m, e, column, line);
  const Lamp<W> lamp = lampOf<W>(r.tx, r.ty, r.lengthen);
  const float scale = look.scale * Reader<W, Voxel>::kScale;
  // Floats may be no number: such a sample shows nothing, as padding does.
  constexpr bool kMayMiss = Masked || sizeof(Voxel) == 4;
  out.red = out.green = out.blue = out.weight = out.inverse = out.inverse2 = L::splat(0.0f);
  out.through = L::splat(1.0f);
  I alive = r.alive;
  I joined = L::splat(0);  // the sample before belongs to this segment and is tissue
  // n counts parts of steps; a lane advances by whole steps or, through a surface, by one part.
  F n = L::splat(0.0f), t0 = r.tIn, u0 = L::splat(0.0f), a0 = L::splat(0.0f);
  I whole = L::splat(-1);
  if (m.leap) {
    const Cell<W> first = cellAt<W>(m.grid, r, r.tIn);
    leapOver<W>(m, r, first, emptySideOf(m, r, first), alive, kParts, n, alive);
  }
  int samples = 0;
  while (L::any(alive)) {
    samples++;
    const F t = L::min(L::max(n * (1.0f / kParts), r.tIn), r.tOut);
    const Place<W> p = locate<W, Voxel>(m.grid, r.px + t * r.dx, r.py + t * r.dy, r.pz + t * r.dz_);
    // Wanted after the sample, asked for before it: both are then on their way from memory at once.
    const Cell<W> cell = cellOf(p);
    const I side = emptySideOf(m, r, cell);
    Rows<W> rows;
    Gradient<W> slope;
    I bad;
    const F value = sampleValue<W, Voxel, Masked>(m.grid, p, rows, slope, bad);
    // A step further on, where most samples go next: a ray crosses rows and slices, which no processor foresees.
    const F ahead = t + 1.0f;
    fetchAhead<W, Voxel>(m.grid, r.px + ahead * r.dx, r.py + ahead * r.dy, r.pz + ahead * r.dz_);
    F u = value * scale + look.offset;
    if constexpr (sizeof(Voxel) == 4) {
      const I number = L::lt(L::max(u, -u), L::splat(1e30f));
      bad = bad | ~number;
      u = L::select(number, u, L::splat(0.0f));
    }
    F a = L::splat(0.0f);
    I seen = L::splat(0), again = L::splat(0), surface = L::splat(0);
    const F top = L::max(u, u0);
    if (L::any(alive & L::lt(L::splat(0.0f), top))) {
      // Beyond the table's ends the first and the last bin go on: clamp the bin, not the place in it.
      const I bin = L::toInt(L::min(L::max(u, L::splat(0.0f)), L::splat(kBins - 1.0f)));
      const F density = L::gather(look.integral + 1, bin << 1);
      a = L::gather(look.integral, bin << 1) + (u - L::toFloat(bin)) * density;
      const F du = u - u0;
      const I steep = L::lt(L::splat(0.25f), L::max(du, -du));
      const F mean = L::select(steep, (a - a0) / L::select(steep, du, L::splat(1.0f)), density);
      seen = alive & joined & L::lt(L::splat(0.0f), mean);
      if constexpr (kMayMiss) seen = seen & ~bad;
      if (L::any(seen)) {
        const F length = t - t0;
        const F kept = expNegative<W>(mean * (length * m.stepMm));
        const F alpha = 1.0f - kept;
        const F share = out.through * alpha;
        again = seen & whole & L::lt(L::splat(kSurface), share);
        surface = seen & L::lt(L::splat(kSurface / kParts), share);
        seen = seen & ~again;
      }
      if (L::any(seen)) {
        const F length = t - t0;
        const F kept = L::select(seen, expNegative<W>(mean * (length * m.stepMm)), L::splat(1.0f));
        const F alpha = 1.0f - kept;
        // Colour: nearest entry of the square table at both ends of the segment.
        const F top = L::splat(kColourBins - 1.0f), zero = L::splat(0.0f);
        const I q1 = L::toInt(L::min(L::max(u * look.colourScale + look.colourOffset, zero), top));
        const I q0 = L::toInt(L::min(L::max(u0 * look.colourScale + look.colourOffset, zero), top));
        const I at = (q0 * kColourBins + q1) << 1;
        const I rg = L::gather(look.colour, at);
        const F red = L::toFloat(rg & 0xffff), green = L::toFloat((rg >> 16) & 0xffff);
        const F blue = L::toFloat(L::gather(look.colour + 1, at));
        const I solid = seen & L::lt(L::splat(kSolid), mean) & L::lt(L::splat(kLightLeft), out.through);
        centralGradients<W, Voxel>(m.grid, p, rows, solid, slope);
        const Shade<W> shade = shadeOf<W>(look, e, lamp, slope, Reader<W, Voxel>::kScale);
        const F w = L::select(seen, out.through * alpha, zero);
        const F lit = w * shade.lit * (1.0f / 65535.0f), gloss = w * shade.gloss;
        out.red = out.red + (lit * red + gloss);
        out.green = out.green + (lit * green + gloss);
        out.blue = out.blue + (lit * blue + gloss);
        const F inverse = 1.0f / (r.zBase + r.dz * (t - 0.5f * length));
        out.weight = out.weight + w;
        out.inverse = out.inverse + w * inverse;
        out.inverse2 = out.inverse2 + w * inverse * inverse;
        out.through = L::select(seen, out.through * kept, out.through);
        alive = alive & L::lt(L::splat(kEnough), out.through);
      }
    }
    alive = alive & (L::lt(t, r.tOut) | again);
    I here = L::splat(-1);
    if constexpr (kMayMiss) here = ~bad;
    // At the end of a step cut into parts: whole steps again, unless the surface goes on.
    const I part = L::toInt(n) & (kParts - 1);
    const I atEnd = whole | ~L::notZero(part);
    const I wholeNext = L::select(atEnd, ~again & ~(surface & ~whole), whole);
    F next = n + L::select(wholeNext, L::splat(static_cast<float>(kParts)), L::splat(1.0f));
    next = L::select(again, n - static_cast<float>(kParts - 1), next);
    const I dull = alive & wholeNext & ~seen & ~again;
    if (m.leap && L::any(dull)) {
      F leapt = n;
      const I moved = leapOver<W>(m, r, cell, side, dull, kParts, leapt, alive);
      next = L::select(moved, leapt, next);
      here = here & ~moved;
    }
    joined = L::select(again, joined, here);
    t0 = L::select(again, t0, t);
    u0 = L::select(again, u0, u);
    a0 = L::select(again, a0, a);
    // A lane that is done stays where it is: going on, it would fetch voxels that nobody looks at.
    n = L::select(alive, next, n);
    whole = wholeNext;
  }
  const I full = L::le(out.through, L::splat(kEnough));
  const F grow = L::select(full, 1.0f / (1.0f - out.through), L::splat(1.0f));
  out.red = out.red * grow;
  out.green = out.green * grow;
  out.blue = out.blue * grow;
  out.through = L::select(full, L::splat(0.0f), out.through);
  return samples;
}

/** Maximum intensity: the greatest sample of the ray, coloured by the table; its depth is where it lies. */
template <int W, class Voxel, bool Masked>
AR_FN int marchMaximum(const MarchView& m, const EyeView& e, typename Lanes<W>::I column, typename Lanes<W>::I line,
                       Seen<W>& out) {
  using L = Lanes<W>;
  using F = typename L::F;
  using I = typename L::I;
  const LookView& look = m.look;
  const Ray<W> r = startRay<W>(m, e, column, line);
  I alive = r.alive;
  F n = L::splat(0.0f), best = L::splat(-1e30f), bestT = r.tIn;
  int samples = 0;
  while (L::any(alive)) {
    samples++;
    const F t = L::min(L::max(n, r.tIn), r.tOut);
    const Place<W> p = locate<W, Voxel>(m.grid, r.px + t * r.dx, r.py + t * r.dy, r.pz + t * r.dz_);
    Rows<W> rows;
    Gradient<W> slope;
    I bad;
    const F value = sampleValue<W, Voxel, Masked>(m.grid, p, rows, slope, bad) * Reader<W, Voxel>::kScale;
    I more = alive & L::lt(best, value);
    if constexpr (Masked) more = more & ~bad;
    best = L::select(more, value, best);
    bestT = L::select(more, t, bestT);
    alive = alive & L::lt(t, r.tOut);
    F next = n + 1.0f;
    const I dull = alive & ~more;
    if (m.leap && L::any(dull)) {
      const Cell<W> cell = cellOf(p);
      // Blending may round a hair above the greatest voxel.
      const F most = L::gather(m.grid.cellRange + 1, numberOf(m.grid, cell) << 1);
      const F bound = most + L::max(most, -most) * 1e-6f;
      const I low = dull & L::lt(bound, best);
      if (L::any(low)) {
        const F end = L::floor(stepsToCubeEnd<W>(r, cell, L::splat(1))) + 1.0f;
        const I leaps = low & L::lt(next, end);
        next = L::select(leaps, end, next);
      }
    }
    n = next;
  }
  const F zero = L::splat(0.0f);
  const I found = L::lt(L::splat(-1e29f), best);
  const F u = best * look.scale + look.offset;
  const F at = L::min(L::max(u, zero), L::splat(kBins - 1.001f));
  const I bin = L::toInt(at);
  const F f = at - L::toFloat(bin);
  const auto entry = [&](int k) {
    const F a = L::gather(look.flat + k, bin << 2), b = L::gather(look.flat + 4 + k, bin << 2);
    return a + f * (b - a);
  };
  const F alpha = L::select(found, L::min(L::max(entry(3), zero), L::splat(1.0f)), zero);
  out.red = alpha * entry(0);
  out.green = alpha * entry(1);
  out.blue = alpha * entry(2);
  out.through = 1.0f - alpha;
  const F inverse = 1.0f / (r.zBase + r.dz * bestT);
  out.weight = alpha;
  out.inverse = L::select(found, alpha * inverse, zero);
  out.inverse2 = L::select(found, alpha * inverse * inverse, zero);
  return samples;
}

template <int W, class Voxel>
AR_FN int marchPacket(const MarchView& m, const EyeView& e, typename Lanes<W>::I column, typename Lanes<W>::I line,
                      Seen<W>& out) {
  if (m.look.mip)
    return m.grid.masked ? marchMaximum<W, Voxel, true>(m, e, column, line, out)
                         : marchMaximum<W, Voxel, false>(m, e, column, line, out);
  return m.grid.masked ? marchComposite<W, Voxel, true>(m, e, column, line, out)
                       : marchComposite<W, Voxel, false>(m, e, column, line, out);
}

}  // namespace ISA_NS
