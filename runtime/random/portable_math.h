// exp, log, sine and cosine in double from +, -, *, / and sqrt alone, which IEEE 754 rounds alike everywhere:
// the same bits on every machine (rand.4). Within 1.5 units in the last place, for every argument that draws
// need; compiled without contraction.
#pragma once

namespace stria::random {

double portable_exp(double x);                            // 0 below -745.14, infinity above 709.79
double portable_log(double x);                            // -infinity at 0, NaN below
double portable_sin_turns(double turns);                  // sin(2 pi turns)
double portable_cos_turns(double turns);                  // cos(2 pi turns)
double portable_log_factorial(double n);                  // log(n!), n a whole number >= 0
double portable_gaussian(double distance, double width);  // exp(-(distance / width)^2 / 2)

}  // namespace stria::random
