// Shares independent pieces of work among threads. No OpenMP: nothing to vendor, nothing to collide with.
#pragma once

#include <atomic>
#include <cstddef>

namespace softargmax {

// How many threads a call may use, the calling one included: what was set, and until then all available cores, which
// are counted anew at every call that is shared (see cores.hpp).
std::size_t thread_limit();
void set_thread_limit(std::size_t limit);

// For threads that already share work among themselves: calls of the calling thread use it alone, or no longer do.
// Gives what was so before.
bool stay_on_this_thread(bool stay);

// Work that takes one thread less than this many nanoseconds is not shared. A helper is woken only if that much of the
// work is left for every thread that is at it. Who wakes one pays 3 to 9 us for that; it is there 3 to 60 us later, on
// a busy machine not at all (measured on virtual machines, where it takes longest).
constexpr double kWorthSharing = 25'000;

// Calls piece(context, i) for every i < pieces, on up to thread_limit() threads, and returns when all are done. `each`
// is about how many nanoseconds a piece takes; it decides how many threads come to help. Pieces run on the calling
// thread alone while another call has the helpers. Helpers are started at first need and sleep until they are called; a
// forked child starts its own.
void for_pieces(std::size_t pieces, double each, void (*piece)(void *context, std::size_t i), void *context);

// The same for threads that deal out the work among themselves, so that each is at the same numbers again and again: of
// work of `price` nanoseconds, work(context, i) does what it finds undone, waits for nobody but who is at it already,
// and gives how much of the whole it has done. Worker 0 is the calling thread; the others may come late, or never.
void for_workers(std::size_t workers, double price, double (*work)(void *context, std::size_t i), void *context);

// For work(): waits until `count` reaches a value, which other workers will see to.
void wait_until(const std::atomic<std::size_t> &count, std::size_t value);

}  // namespace softargmax
