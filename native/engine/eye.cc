#include <algorithm>
#include <cmath>

#include "engine.h"

namespace anteroom {
namespace {

/** Rows of an affine map: r[i][0..2] linear, r[i][3] moved. */
struct Affine {
  double r[3][4];
};

Affine affineOf(const double m[16]) {
  Affine a;
  for (int i = 0; i < 3; i++)
    for (int c = 0; c < 4; c++) a.r[i][c] = m[4 * c + i];
  return a;
}

double determinant(const Affine& a) {
  const auto& m = a.r;
  return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
         m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

Affine inverse(const Affine& a) {
  const auto& m = a.r;
  const double d = 1.0 / determinant(a);
  Affine o;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      const int p = (j + 1) % 3, q = (j + 2) % 3, s = (i + 1) % 3, t = (i + 2) % 3;
      o.r[i][j] = (m[p][s] * m[q][t] - m[p][t] * m[q][s]) * d;
    }
  for (int i = 0; i < 3; i++) o.r[i][3] = -(o.r[i][0] * m[0][3] + o.r[i][1] * m[1][3] + o.r[i][2] * m[2][3]);
  return o;
}

Affine product(const Affine& a, const Affine& b) {
  Affine o;
  for (int i = 0; i < 3; i++)
    for (int c = 0; c < 4; c++)
      o.r[i][c] = a.r[i][0] * b.r[0][c] + a.r[i][1] * b.r[1][c] + a.r[i][2] * b.r[2][c] + (c == 3 ? a.r[i][3] : 0.0);
  return o;
}

}  // namespace

EyeView makeEye(const Grid& grid, const EyeInput& eye, int width, int height, const double* clips, int clipCount) {
  const Affine eyeFromMm = affineOf(eye.eyeFromMm), mmFromEye = inverse(eyeFromMm);
  const Affine indexFromMm = inverse(affineOf(grid.mmFromIndex));
  const Affine indexFromEye = product(indexFromMm, mmFromEye);
  EyeView v{};
  v.width = width;
  v.height = height;
  v.txStep = static_cast<float>((eye.left + eye.right) / width);
  v.tx0 = static_cast<float>(-eye.left + 0.5 * (eye.left + eye.right) / width);
  v.tyStep = static_cast<float>(-(eye.up + eye.down) / height);
  v.ty0 = static_cast<float>(eye.up - 0.5 * (eye.up + eye.down) / height);
  const double mmPerM = std::cbrt(std::abs(determinant(mmFromEye)));
  v.mmPerM = static_cast<float>(mmPerM);
  for (int a = 0; a < 3; a++) {
    v.origin[a] = static_cast<float>(indexFromEye.r[a][3]);
    v.right[a] = static_cast<float>(indexFromEye.r[a][0]);
    v.up[a] = static_cast<float>(indexFromEye.r[a][1]);
    v.forward[a] = static_cast<float>(-indexFromEye.r[a][2]);
    for (int b = 0; b < 3; b++) {
      double sum = 0;
      // Gradients turn by the transposed inverse; the eye's turn alone (its scale taken off) keeps them per mm.
      for (int c = 0; c < 3; c++) sum += eyeFromMm.r[a][c] * mmPerM * indexFromMm.r[b][c];
      v.normal[3 * a + b] = static_cast<float>(sum);
    }
  }
  v.clips = clipCount;
  for (int c = 0; c < clipCount; c++) {
    const double* n = clips + 4 * c;
    const auto along = [&](int column) {
      return n[0] * mmFromEye.r[0][column] + n[1] * mmFromEye.r[1][column] + n[2] * mmFromEye.r[2][column];
    };
    v.clip[c][0] = static_cast<float>(along(3) + n[3]);
    v.clip[c][1] = static_cast<float>(-along(2));
    v.clip[c][2] = static_cast<float>(along(0));
    v.clip[c][3] = static_cast<float>(along(1));
  }
  return v;
}

void indexFromIndex(const double source[16], const double target[16], double out[12]) {
  const Affine a = product(inverse(affineOf(source)), affineOf(target));
  for (int i = 0; i < 3; i++)
    for (int c = 0; c < 4; c++) out[4 * i + c] = a.r[i][c];
}

}  // namespace anteroom
