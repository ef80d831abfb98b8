#include "compiler/codegen/vector_math_formats.h"

namespace stria::codegen {

const Format float_format = {
    .mantissa_bits = 23,
    .bias = 127,
    .shifter = 0x1.8p23,
    .shifter_bits = 0x4b400000,
    .one_bits = 0x3f800000,
    .ln2_high = 0x1.62e4p-1,
    .ln2 = 0x1.62e4300000000p-1,
    .ln2_rest = -0x1.05c6100000000p-29,
    .ln2_low = 0x1.7f7d1cp-20,
    .exp_greatest = 0x1.62e42ep6,
    .exp_least = -0x1.5d589ep6,
    .exp_flat = -88,
    .expm1_greatest = 89,
    .expm1_over_greatest = 94,
    .expm1_over_tiny = 0x1p-26,
    .smallest_normal = 0x1p-126,
    .sqrt_half_bits = 0x3f3504f3,
    .exp_tail = {0x1.6ac2f2p-10, 0x1.123db6p-7, 0x1.555858p-5, 0x1.55548cp-3, 0x1.fffffcp-2},
    .exp_terms = 5,
    .atanh_tail = {0x1.31e24p-2, 0x1.995eccp-2, 0x1.55557ap-1},
    .atanh_terms = 3,
};

const Format double_format = {
    .mantissa_bits = 52,
    .bias = 1023,
    .shifter = 0x1.8p52,
    .shifter_bits = 0x4338000000000000,
    .one_bits = 0x3ff0000000000000,
    .ln2_high = 0x1.62e42fefa4p-1,
    .ln2 = 0x1.62e42fefa39efp-1,
    .ln2_rest = 0x1.abc9e3b39803fp-56,
    .ln2_low = -0x1.8432a1b0e2634p-43,
    .exp_greatest = 0x1.62e42fefa39efp9,
    .exp_least = -0x1.6232bdd7abcd2p9,
    .exp_flat = -709,
    .expm1_greatest = 710,
    .expm1_over_greatest = 717,
    .expm1_over_tiny = 0x1p-55,
    .smallest_normal = 0x1p-1022,
    .sqrt_half_bits = 0x3fe6a09e667f3bcd,
    .exp_tail = {0x1.ada3b9353686dp-26, 0x1.28ae13c4909a5p-22, 0x1.71df11591ec9ap-19, 0x1.a01999623c372p-16,
                 0x1.a01a0131f1b79p-13, 0x1.6c16c18467604p-10, 0x1.1111111126975p-7, 0x1.555555555076ap-5,
                 0x1.55555555554fdp-3, 0x1.000000000000ap-1},
    .exp_terms = 10,
    .atanh_tail = {0x1.2f09e62c5ba31p-3, 0x1.39a103b9a3045p-3, 0x1.746647df40b54p-3, 0x1.c71c51d9df323p-3,
                   0x1.249249422994bp-2, 0x1.999999997f9fbp-2, 0x1.5555555555593p-1},
    .atanh_terms = 7,
};

}  // namespace stria::codegen
