/* What the table of dtypes (dtype.c) takes from the file of the K formats (dtype_k.h); see mw_dtype_info. */
#ifndef MW_KERNELS_DTYPE_PARTS_H
#define MW_KERNELS_DTYPE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

void mw_q4_k_to_floats(float *to, const void *from, size_t n);
void mw_q5_k_to_floats(float *to, const void *from, size_t n);
void mw_q6_k_to_floats(float *to, const void *from, size_t n);
void mw_q4_k_of_floats(void *to, const float *from, size_t n);
void mw_q5_k_of_floats(void *to, const float *from, size_t n);
void mw_q6_k_of_floats(void *to, const float *from, size_t n);
bool mw_q4_k_finite(const void *from, size_t n);
bool mw_q5_k_finite(const void *from, size_t n);
bool mw_q6_k_finite(const void *from, size_t n);

#endif
