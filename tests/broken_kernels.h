/* Kernels with one mistake each. A check that lets one of them pass is broken itself. */
#ifndef MW_TESTS_BROKEN_KERNELS_H
#define MW_TESTS_BROKEN_KERNELS_H

#include "kernels/kernel.h"
#include "tests/broken_attention.h"
#include "tests/broken_blocks.h"
#include "tests/broken_gemv.h"
#include "tests/broken_halves.h"
#include "tests/broken_k.h"
#include "tests/broken_ops.h"
#include "tests/broken_quantize.h"

#define BROKEN(what, ...) \
    { \
        MW_KERNEL_DEFAULTS, .name = what, .description = what, .isa_name = "c", __VA_ARGS__ \
    }
#define BROKEN_GEMV(f) BROKEN(#f, .op = MW_OP_GEMV, .fn.gemv = f)
/* The name says whose bits it has to return. */
#define BROKEN_GEMM(f) BROKEN(#f, .name = "scalar", .op = MW_OP_GEMM, .fn.gemm = f)
#define BROKEN_ATTENTION(f) BROKEN(#f, .op = MW_OP_ATTENTION, .fn.attention = f)
#define BROKEN_TVL(f) BROKEN(#f, .op = MW_OP_GEMV, .layout = MW_LAYOUT_TVL16, .align = 64, .fn.gemv = f)
#define BROKEN_DTYPE(f, d, ...) \
    BROKEN(#f " of " #d, .op = MW_OP_GEMV, .dtype = d, .align = 2, .fn.gemv = f, __VA_ARGS__)
#define BROKEN_HALVES(f, d) BROKEN_DTYPE(f, d, .layout = MW_LAYOUT_ROWMAJOR)
#define BROKEN_BLOCKS(f, d) BROKEN_DTYPE(f, d, .layout = MW_LAYOUT_ROWMAJOR, .col_multiple = GROUP)
#define BROKEN_Q8(f) BROKEN_BLOCKS(f##_q8, MW_Q8_0)
#define BROKEN_Q4(f) BROKEN_BLOCKS(f##_q4, MW_Q4_0)
#define BROKEN_PANELS(f, d, multiple) \
    BROKEN_DTYPE(f, d, .layout = MW_LAYOUT_TVL16, .align = 64, .col_multiple = (multiple))
#define BROKEN_Q8_GEMM(f) \
    BROKEN(#f, .name = "scalar", .op = MW_OP_GEMM, .dtype = MW_Q8_0, .col_multiple = GROUP, .fn.gemm = f)
#define BROKEN_K(f, d) BROKEN_DTYPE(f##_##d, d, .layout = MW_LAYOUT_ROWMAJOR, .col_multiple = MW_K)
#define BROKEN_QUANTIZE(f) BROKEN(#f, .op = MW_OP_QUANTIZE, .col_multiple = GROUP, .fn.quantize = f)

__attribute__((unused)) static const mw_kernel broken_kernels[] = {
    BROKEN_GEMV(drops_last_column),
    BROKEN_GEMV(drops_element_1000),
    BROKEN_GEMV(drops_odd_tail),
    BROKEN_GEMV(writes_past_y),
    BROKEN_GEMV(writes_before_y),
    BROKEN_GEMV(skips_last_row),
    BROKEN_GEMV(reads_past_w),
    BROKEN_GEMV(reads_past_x),
    BROKEN_GEMV(reads_before_x),
    BROKEN_GEMV(assumes_aligned_x),
    BROKEN_GEMV(writes_to_x),
    BROKEN_GEMV(writes_to_w),
    BROKEN_GEMV(swaps_two_rows),
    BROKEN_GEMV(swaps_two_columns),
    BROKEN_GEMV(hides_nan),
    BROKEN_GEMV(leaks_nan_to_next_row),
    BROKEN_GEMV(flushes_denormals),
    BROKEN_GEMV(sums_in_half_precision),
    BROKEN_GEMV(differs_from_call_to_call),
    BROKEN_GEMV(differs_from_share_to_share),
    BROKEN_TVL(stores_padding_rows),
    BROKEN_TVL(takes_tvl_for_rowmajor),
    BROKEN_TVL(adds_padding_to_last_row),
    BROKEN_GEMM(drops_last_token),
    BROKEN_GEMM(drops_odd_token),
    BROKEN_GEMM(repeats_a_token),
    BROKEN_GEMM(writes_between_tokens),
    BROKEN_GEMM(writes_past_last_token),
    BROKEN_GEMM(takes_rows_for_ldy),
    BROKEN_GEMM(takes_cols_for_ldx),
    BROKEN_GEMM(reads_past_last_x),
    BROKEN_GEMM(mixes_token_into_next),
    BROKEN_GEMM(sums_backwards),
    BROKEN_GEMM(sums_last_token_backwards),
    BROKEN("drops_last", .op = MW_OP_RMSNORM, .fn.rmsnorm = rmsnorm_drops_last),
    BROKEN("not_in_place", .op = MW_OP_RMSNORM, .fn.rmsnorm = rmsnorm_not_in_place),
    BROKEN("keeps_epsilon", .op = MW_OP_RMSNORM, .fn.rmsnorm = rmsnorm_keeps_epsilon),
    BROKEN("turns_backwards", .op = MW_OP_ROPE, .fn.rope = rope_turns_backwards),
    BROKEN("pairs_neighbours", .op = MW_OP_ROPE_HALVES, .fn.rope = rope_pairs_neighbours),
    BROKEN("drops_odd_pairs", .op = MW_OP_ROPE_HALVES, .fn.rope = rope_drops_odd_pairs),
    BROKEN_ATTENTION(without_max),
    BROKEN_ATTENTION(starts_max_at_zero),
    BROKEN_ATTENTION(counts_padding),
    BROKEN_ATTENTION(forgets_last_position),
    BROKEN_ATTENTION(drops_odd_positions),
    BROKEN_ATTENTION(looks_ahead),
    BROKEN_ATTENTION(reads_past_values),
    BROKEN_ATTENTION(forgets_scale),
    BROKEN_ATTENTION(drops_last_dimension),
    BROKEN_ATTENTION(skips_last_output),
    BROKEN_ATTENTION(writes_past_scores),
    BROKEN_ATTENTION(trusts_old_scores),
    BROKEN_ATTENTION(writes_to_keys),
    BROKEN_Q8(drops_last_block),
    BROKEN_Q4(drops_last_block),
    BROKEN_Q8(takes_scale_of_neighbour),
    BROKEN_Q4(takes_scale_of_neighbour),
    BROKEN_Q8(takes_x_scale_of_neighbour),
    BROKEN_Q4(takes_x_scale_of_neighbour),
    BROKEN_Q8(ignores_x_scale),
    BROKEN_Q4(ignores_x_scale),
    BROKEN_Q8(reads_next_block),
    BROKEN_Q4(reads_next_block),
    BROKEN_Q8(reads_next_x8),
    BROKEN_Q4(reads_next_x8),
    BROKEN_Q8(rounds_scales_to_f16),
    BROKEN_Q4(rounds_scales_to_f16),
    BROKEN_Q8(hides_bad_scale),
    BROKEN_Q4(hides_bad_scale),
    BROKEN_Q8(negates_a_code),
    BROKEN_Q4(negates_a_code),
    BROKEN_Q8(drops_last_code),
    BROKEN_Q4(drops_last_code),
    BROKEN_Q8(forgets_correction),
    BROKEN_Q4(forgets_correction),
    BROKEN_Q8(corrects_by_one_less),
    BROKEN_Q4(corrects_by_one_less),
    BROKEN_Q8(sums_in_16_bits),
    BROKEN_Q8(saturates_pairs),
    BROKEN_Q4(swaps_halves_of_bytes),
    BROKEN_Q4(takes_neighbours_for_a_byte),
    BROKEN_Q8_GEMM(takes_values_for_blocks),
    BROKEN_Q8_GEMM(adds_last_group_first),
    BROKEN_HALVES(takes_lower_half, MW_BF16),
    BROKEN_HALVES(drops_last_bit, MW_BF16),
    BROKEN_HALVES(flushes_subnormals, MW_F16),
    BROKEN_HALVES(takes_infinity_for_a_number, MW_F16),
    BROKEN_PANELS(forgets_odd_column, MW_BF16, 1),
    BROKEN_PANELS(swaps_pairs, MW_BF16, 1),
    BROKEN_PANELS(takes_scale_of_next_row, MW_Q8_0, GROUP),
    BROKEN_PANELS(forgets_odd_group, MW_Q8_0, GROUP),
    BROKEN_PANELS(forgets_odd_group_of_q4, MW_Q4_0, GROUP),
    BROKEN_K(forgets_minima, MW_Q4_K),
    BROKEN_K(forgets_minima, MW_Q5_K),
    BROKEN_K(forgets_x_scale_of_minima, MW_Q4_K),
    BROKEN_K(swaps_halves, MW_Q4_K),
    BROKEN_K(swaps_halves, MW_Q5_K),
    BROKEN_K(takes_scale_of_next_group, MW_Q4_K),
    BROKEN_K(takes_scale_of_next_group, MW_Q5_K),
    BROKEN_K(takes_scale_of_next_group, MW_Q6_K),
    BROKEN_K(takes_minimum_of_next_group, MW_Q4_K),
    BROKEN_K(takes_minimum_of_next_group, MW_Q5_K),
    BROKEN_K(drops_upper_scale_bits, MW_Q4_K),
    BROKEN_K(drops_upper_scale_bits, MW_Q5_K),
    BROKEN_K(drops_upper_minimum_bits, MW_Q4_K),
    BROKEN_K(drops_upper_minimum_bits, MW_Q5_K),
    BROKEN_K(swaps_upper_bits, MW_Q5_K),
    BROKEN_K(swaps_upper_bits, MW_Q6_K),
    BROKEN_K(drops_upper_bits, MW_Q5_K),
    BROKEN_K(forgets_offset, MW_Q6_K),
    BROKEN_K(takes_scale_for_32, MW_Q6_K),
    BROKEN_K(forgets_sign_of_scale, MW_Q6_K),
    BROKEN_K(drops_last_block_of, MW_Q4_K),
    BROKEN_K(drops_last_block_of, MW_Q5_K),
    BROKEN_K(drops_last_block_of, MW_Q6_K),
    BROKEN_K(drops_last_code_of, MW_Q4_K),
    BROKEN_K(drops_last_code_of, MW_Q5_K),
    BROKEN_K(drops_last_code_of, MW_Q6_K),
    BROKEN_K(sums_in_16_bits_of, MW_Q5_K),
    BROKEN_K(rounds_scales_of, MW_Q4_K),
    BROKEN_K(rounds_scales_of, MW_Q5_K),
    BROKEN_K(rounds_scales_of, MW_Q6_K),
    BROKEN_K(hides_bad_halves, MW_Q4_K),
    BROKEN_K(hides_bad_halves, MW_Q5_K),
    BROKEN_K(hides_bad_halves, MW_Q6_K),
    BROKEN_K(reads_next_block_of, MW_Q4_K),
    BROKEN_K(reads_next_block_of, MW_Q5_K),
    BROKEN_K(reads_next_block_of, MW_Q6_K),
    BROKEN_PANELS(forgets_odd_block, MW_Q6_K, 256),
    BROKEN_PANELS(takes_next_row, MW_Q4_K, 256),
    BROKEN_QUANTIZE(rounds_ties_away),
    BROKEN_QUANTIZE(truncates),
    BROKEN_QUANTIZE(scales_by_128),
    BROKEN_QUANTIZE(keeps_what_is_tiny),
    BROKEN_QUANTIZE(forgets_sum),
    BROKEN_QUANTIZE(skips_last_block),
    BROKEN_QUANTIZE(hides_bad_value),
    BROKEN("squares", .op = MW_OP_SWIGLU, .fn.swiglu = swiglu_squares),
};

#endif
