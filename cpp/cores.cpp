#include "cores.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

namespace softargmax {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

// Reading costs 20 us, which is little beside a second; and who changes a quota does not expect it to count at once.
constexpr std::chrono::seconds kReadAgainAfter{1};

// A hierarchy of control groups: the group `top` and all below it are the directory `directory` and those below it.
// Version 2 of control groups has a single hierarchy; of version 1, only the one that has to do with CPU time counts.
struct Hierarchy {
    bool is_version_2;
    std::string top;
    std::string directory;
};

// Whether a list such as "cpu,cpuacct" has the word.
bool lists(const std::string &list, const std::string &word) {
    return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

// From lines such as "31 23 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:5 - cgroup cgroup rw,cpu". Of the words before
// the lone "-", the fourth and fifth are wanted; the three after it are the kind, the device and the options.
std::vector<Hierarchy> mounted_under(const std::string &root) {
    std::vector<Hierarchy> found;
    std::ifstream file(root + "/proc/self/mountinfo");
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string skipped, top, directory, kind, device, options;
        words >> skipped >> skipped >> skipped >> top >> directory;
        while (words >> skipped && skipped != "-") continue;
        if (!(words >> kind >> device >> options)) continue;
        if (kind == "cgroup2" || (kind == "cgroup" && lists(options, "cpu")))
            found.push_back({kind == "cgroup2", top, root + directory});
    }
    return found;
}

// Where the process's group lies in a hierarchy, from the directory on: "" or "/a/b". From lines such as "4:cpu:/a/b",
// and "0::/a/b" for version 2. A group that lies outside of what is mounted, as it may in a container, is "": the
// directory itself is the innermost group that can be seen then.
std::string place_in(const Hierarchy &hierarchy, const std::string &root) {
    std::ifstream file(root + "/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
        if (hierarchy.is_version_2 ? !controllers.empty() : !lists(controllers, "cpu")) continue;
        const std::string top = hierarchy.top == "/" ? "" : hierarchy.top;
        const bool below = path.size() > top.size() && path.compare(0, top.size(), top) == 0 && path[top.size()] == '/';
        const bool visible = below && path != "/" && path.find("/..") == std::string::npos;
        return visible ? path.substr(top.size()) : "";
    }
    return "";
}

// The first line of a file, "" if there is none.
std::string line_of(const std::string &path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// Microseconds of CPU time in each period, rounded up to whole cores. "max" and -1 are no limit, and so is what cannot
// be read.
std::size_t cores_for(const std::string &quota, const std::string &period) {
    const long long time = std::strtoll(quota.c_str(), nullptr, 10), each = std::strtoll(period.c_str(), nullptr, 10);
    return time <= 0 || each <= 0 ? kUnlimited : static_cast<std::size_t>(1 + (time - 1) / each);
}

std::size_t quota_of(const std::string &group, bool is_version_2) {
    if (!is_version_2) return cores_for(line_of(group + "/cpu.cfs_quota_us"), line_of(group + "/cpu.cfs_period_us"));
    const std::string line = line_of(group + "/cpu.max");  // "150000 100000"
    const std::size_t blank = line.find(' ');
    return blank == std::string::npos ? kUnlimited : cores_for(line.substr(0, blank), line.substr(blank + 1));
}

// The least of all quotas that count for the process: a group's quota counts for all groups below it.
std::size_t least_quota(const std::vector<Hierarchy> &hierarchies, const std::string &root) {
    std::size_t least = kUnlimited;
    for (const Hierarchy &hierarchy : hierarchies) {
        std::string place = place_in(hierarchy, root);
        for (;;) {
            least = std::min(least, quota_of(hierarchy.directory + place, hierarchy.is_version_2));
            if (place.empty()) break;
            place.erase(place.rfind('/'));
        }
    }
    return least;
}

// What was read, and when to do so again. Never destroyed: threads may outlive every static object.
class Quotas {
public:
    std::size_t cores() {
#if defined(__linux__)
        const Clock::rep now = Clock::now().time_since_epoch().count();
        // Relaxed: the number stands for itself, and who still sees the old one works with more or fewer threads.
        if (now >= due_.load(std::memory_order_relaxed)) {
            // Who finds another thread reading does not wait for it.
            const std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
            if (lock.owns_lock()) read();
        }
#endif
        return cores_.load(std::memory_order_relaxed);
    }

    std::size_t look_in(const std::string &root) {
        const std::lock_guard<std::mutex> lock(mutex_);
        root_ = root;
        knows_mounts_ = false;
        read();
        return cores_.load(std::memory_order_relaxed);
    }

private:
    // Only for who holds the mutex. Where groups are mounted does not change; in which the process is, may.
    void read() {
        if (!knows_mounts_) hierarchies_ = mounted_under(root_);
        knows_mounts_ = true;
        cores_.store(least_quota(hierarchies_, root_), std::memory_order_relaxed);
        due_.store((Clock::now() + kReadAgainAfter).time_since_epoch().count(), std::memory_order_relaxed);
    }

    std::mutex mutex_;
    std::string root_;
    std::vector<Hierarchy> hierarchies_;
    bool knows_mounts_ = false;
    std::atomic<std::size_t> cores_{kUnlimited};
    std::atomic<Clock::rep> due_{std::numeric_limits<Clock::rep>::min()};
};

Quotas &quotas() {
    static Quotas *const all = new Quotas;
    return *all;
}

}  // namespace

#if defined(__linux__)
CoreSet CoreSet::of_this_thread() {
    CoreSet set;
    set.known_ = sched_getaffinity(0, sizeof set.cores_, set.cores_) == 0;
    return set;
}

bool CoreSet::operator==(const CoreSet &other) const {
    return known_ == other.known_ && (!known_ || std::memcmp(cores_, other.cores_, sizeof cores_) == 0);
}

std::size_t CoreSet::count() const { return known_ ? static_cast<std::size_t>(CPU_COUNT_S(sizeof cores_, cores_)) : 0; }

void CoreSet::bind_this_thread() const noexcept {
    if (known_) (void)sched_setaffinity(0, sizeof cores_, cores_);
}
#else
CoreSet CoreSet::of_this_thread() { return {}; }
bool CoreSet::operator==(const CoreSet &) const { return true; }
std::size_t CoreSet::count() const { return 0; }
void CoreSet::bind_this_thread() const noexcept {}
#endif

std::size_t available_cores(const CoreSet &affinity) {
    const std::size_t known = affinity.count();
    const std::size_t cores = known != 0 ? known : std::max(1u, std::thread::hardware_concurrency());
    return std::min(cores, quotas().cores());
}

std::size_t available_cores() { return available_cores(CoreSet::of_this_thread()); }

std::size_t look_for_quotas_in(const std::string &root) {
    const std::size_t cores = quotas().look_in(root);
    return cores == kUnlimited ? 0 : cores;
}

}  // namespace softargmax
