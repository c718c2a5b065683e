/* The numbers of exp, the same for every width of vector: Cody and Waite's reduction x = k ln 2 + r with
 * |r| <= ln 2 / 2 ("Software Manual for the Elementary Functions", 1980), and a degree-7 polynomial
 * e^r = 1 + r + r^2 (T0 r^5 + T1 r^4 + ... + T5) with the coefficients of Moshier's Cephes expf. Between EXP_LEAST and
 * EXP_MOST lie all arguments whose result is neither 0 nor Inf. */
#ifndef MW_KERNELS_EXP_TERMS_H
#define MW_KERNELS_EXP_TERMS_H

#define EXP_LEAST (-105.0f)
#define EXP_MOST 90.0f
#define EXP_LOG2E 1.44269504088896341f
/* -ln 2 in two parts: an exponent times the first is exact */
#define EXP_LN2_HIGH (-0.693359375f)
#define EXP_LN2_LOW 2.12194440e-4f
#define EXP_T0 1.9875691500e-4f
#define EXP_T1 1.3981999507e-3f
#define EXP_T2 8.3334519073e-3f
#define EXP_T3 4.1665795894e-2f
#define EXP_T4 1.6666665459e-1f
#define EXP_T5 5.0000001201e-1f

#endif
