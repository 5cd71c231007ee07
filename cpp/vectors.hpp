// Plain loops compiled for the vectors of every processor that may come. Products and sums stay apart
// (-ffp-contract=off), so all versions give the same bits.
//
// There are two ways to a processor's vectors. The kernels need intrinsics and fused operations, so kernels.cpp is
// compiled once per instruction set and may differ in the last bit between them. The loops of a fit (linear.cpp,
// training.cpp, tempering.cpp) need neither; they are compiled twice by `vectorised` and give the same bits everywhere,
// so that no fitted model depends on the instruction set through them. That is why tempering.cpp has an exponential of
// its own: the kernels' one reduces x and m apart, which gaps in double do not need, and has other bits with fused
// operations than without. dispatch.cpp chooses for both.
#pragma once

namespace softargmax {

#if defined(__x86_64__)
bool uses_avx2();

template <auto kLoop, class... Arguments>
__attribute__((target("avx2"), noinline)) auto with_avx2(Arguments... arguments) {
    return kLoop(arguments...);
}
#endif

// Calls a function for the vectors in use. The function has to be always inlined: only then is it compiled for both.
template <auto kLoop, class... Arguments>
auto vectorised(Arguments... arguments) {
#if defined(__x86_64__)
    if (uses_avx2()) return with_avx2<kLoop, Arguments...>(arguments...);
#endif
    return kLoop(arguments...);
}

}  // namespace softargmax
