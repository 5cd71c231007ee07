// Plain loops compiled for the vectors of every processor that may come; the best version is chosen when the module
// loads. Products and sums stay apart (-ffp-contract=off), so all versions give the same bits.
#pragma once

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#define SOFTARGMAX_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define SOFTARGMAX_VECTORS
#endif
