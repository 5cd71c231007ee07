// The cores that may be used: those of the calling thread's affinity, and no more than the process has time on.
#pragma once

#include <cstddef>
#include <string>

#if defined(__linux__)
#include <sched.h>
#endif

namespace softargmax {

// A set of cores; not known, and without effect, where the system has no affinity that one could ask for.
class CoreSet {
public:
    static CoreSet of_this_thread();

    bool operator==(const CoreSet &other) const;
    std::size_t count() const;               // 0 if not known
    void bind_this_thread() const noexcept;  // does nothing where that is not allowed

private:
#if defined(__linux__)
    static constexpr std::size_t kWords = 8;  // of 1024 cores each: more than Linux can be built for
    cpu_set_t cores_[kWords];
    bool known_ = false;
#endif
};

// How many cores the calling thread's work may be shared among: its affinity and the CPU quotas of the process's
// control groups, rounded up. Costs about as much as a system call; quotas are read again after a second.
std::size_t available_cores();
std::size_t available_cores(const CoreSet &affinity);

// For tests: reads /proc and what is mounted below another root from now on. Gives the cores that the quotas there come
// to, 0 if there are none.
std::size_t look_for_quotas_in(const std::string &root);

}  // namespace softargmax
