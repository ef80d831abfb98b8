// Small complex matrices in double, as plain as can be: what state spaces are held against.
#pragma once

#include <cmath>
#include <complex>
#include <cstddef>
#include <utility>
#include <vector>

namespace stria::test {

using Complex = std::complex<double>;
using Vector = std::vector<Complex>;
using Matrix = std::vector<Vector>;  // rows

inline Matrix eye(size_t n) {
  Matrix result(n, Vector(n));
  for (size_t i = 0; i < n; ++i) result[i][i] = 1;
  return result;
}

inline Vector times(const Matrix& a, const Vector& x) {
  Vector result(a.size());
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < x.size(); ++j) result[i] += a[i][j] * x[j];
  return result;
}

inline Vector times(const Vector& x, const Matrix& a) {
  Vector result(a.front().size());
  for (size_t i = 0; i < x.size(); ++i)
    for (size_t j = 0; j < result.size(); ++j) result[j] += x[i] * a[i][j];
  return result;
}

inline Matrix times(const Matrix& a, const Matrix& b) {
  Matrix result;
  for (const Vector& row : a) result.push_back(times(row, b));
  return result;
}

// The X of A X = B, by elimination with the largest pivot of each column.
inline Matrix solve(Matrix a, Matrix b) {
  const size_t n = a.size();
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t i = k; i < n; ++i)
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    std::swap(a[k], a[pivot]);
    std::swap(b[k], b[pivot]);
    for (size_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const Complex factor = a[i][k] / a[k][k];
      for (size_t j = k; j < n; ++j) a[i][j] -= factor * a[k][j];
      for (size_t j = 0; j < b[i].size(); ++j) b[i][j] -= factor * b[k][j];
    }
  }
  for (size_t k = 0; k < n; ++k)
    for (Complex& each : b[k]) each /= a[k][k];
  return b;
}

inline Vector solve(const Matrix& a, const Vector& x) {
  Matrix column;
  for (const Complex& each : x) column.push_back({each});
  Vector result;
  for (const Vector& row : solve(a, column)) result.push_back(row.front());
  return result;
}

}  // namespace stria::test
