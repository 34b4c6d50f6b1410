// Light at one sample: a key lamp above the viewer's left shoulder and a softer one at the head. Where the gradient
// is weak (inside an organ, in noise) the surface has no direction, and light is the same from all sides.
#pragma once
#include "sample.h"

namespace ISA_NS {
using anteroom::EyeView;
using anteroom::LookView;

/** Towards the key lamp, in eye space (x right, y up, z to the viewer). */
constexpr float kKey[3] = {-0.4729f, 0.6305f, 0.6154f};
/** Share of the key lamp; the rest is the head's. */
constexpr float kKeyShare = 0.6f;
/** Diffuse light where there is no surface. */
constexpr float kEvenLight = 0.62f;

/** Eye-space directions of one ray: to the viewer, and halfway between viewer and key lamp. */
template <int W>
struct Lamp {
  typename Lanes<W>::F vx, vy, vz, hx, hy, hz;
};

template <int W>
struct Shade {
  typename Lanes<W>::F lit, gloss;
};

template <int W>
AR_FN Lamp<W> lampOf(typename Lanes<W>::F tx, typename Lanes<W>::F ty, typename Lanes<W>::F lengthen) {
  using L = Lanes<W>;
  Lamp<W> l;
  const auto inverse = 1.0f / lengthen;
  l.vx = -(tx * inverse);
  l.vy = -(ty * inverse);
  l.vz = inverse;
  const auto hx = l.vx + kKey[0], hy = l.vy + kKey[1], hz = l.vz + kKey[2];
  const auto h = 1.0f / L::sqrt(hx * hx + hy * hy + hz * hz);
  l.hx = hx * h;
  l.hy = hy * h;
  l.hz = hz * h;
  return l;
}

/** `g`: gradient along the index axes, `scale` times too small or large by 1 / scale. */
template <int W>
AR_FN Shade<W> shadeOf(const LookView& look, const EyeView& e, const Lamp<W>& l, const Gradient<W>& g, float scale) {
  using L = Lanes<W>;
  using F = typename L::F;
  const F zero = L::splat(0.0f);
  const float* n = e.normal;
  const F gx = (g.x * n[0] + g.y * n[1] + g.z * n[2]) * scale;
  const F gy = (g.x * n[3] + g.y * n[4] + g.z * n[5]) * scale;
  const F gz = (g.x * n[6] + g.y * n[7] + g.z * n[8]) * scale;
  const F g2 = gx * gx + gy * gy + gz * gz;
  const F inverse = 1.0f / L::sqrt(g2 + 1e-12f);
  const F facing = (gx * l.vx + gy * l.vy + gz * l.vz) * inverse;
  // A surface seen from its inner side is lit as its outer side would be.
  const F sign = L::select(L::lt(facing, zero), -inverse, inverse);
  const F key = L::max((gx * kKey[0] + gy * kKey[1] + gz * kKey[2]) * sign, zero);
  const F head = L::max(facing, -facing);
  const F diffuse = key * kKeyShare + head * (1.0f - kKeyShare);
  const F strength = g2 / (g2 + look.softGradient2);
  const F x = L::max((gx * l.hx + gy * l.hy + gz * l.hz) * sign, zero);
  const F even = L::splat(look.ambient + look.diffuse * kEvenLight);
  // A voxel that is no number leaves its neighbours no direction, and none of its blackness.
  const auto known = L::lt(g2, L::splat(1e30f));
  Shade<W> out;
  out.lit = L::select(known, (diffuse - kEvenLight) * strength * look.diffuse + even, even);
  // Schlick's rational stand-in for x^p: no logarithm, the same bits everywhere.
  const F gloss = look.specular * strength * (x / (look.specularPower - look.specularPower * x + x));
  out.gloss = L::select(known, gloss, zero);
  return out;
}

}  // namespace ISA_NS
