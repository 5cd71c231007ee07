// Plain loops compiled for the vectors of every processor that may come; the best version is chosen when the module
// loads. Products and sums stay apart (-ffp-contract=off), so all versions give the same bits.
//
// There are two ways to a processor's vectors. The kernels need intrinsics and fused operations, so kernels.cpp is
// compiled once per instruction set, chosen by dispatch.cpp, and may differ in the last bit between them. The loops of
// a fit (linear.cpp, training.cpp, tempering.cpp) need neither; they leave the choice to the compiler and give the same
// bits everywhere, so that no fitted model depends on the instruction set through them. That is why tempering.cpp has
// an exponential of its own: the kernels' one reduces x and m apart, which gaps in double do not need, and has other
// bits with fused operations than without.
#pragma once

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#define SOFTARGMAX_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define SOFTARGMAX_VECTORS
#endif
