#include "threads.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "cores.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#include <time.h>
#endif

namespace softargmax {
namespace {

double nanoseconds_now() {
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The time that the system gave to this thread.
double nanoseconds_of_this_thread() {
#if defined(CLOCK_THREAD_CPUTIME_ID)
    timespec time;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0)
        return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
#endif
    return nanoseconds_now();
}

constexpr std::size_t kMostHelpers = 1023;  // set_num_threads takes up to 1024
// Who has lost time by sharing does as much work alone, twice as much after the second loss in a row, and so on: where
// the cores are busy with something else, sharing soon costs no more than a thirtieth, and a single accident is
// forgotten at once. It is work that counts and not time, which may pass in sleep.
constexpr double kMostAlone = 32;
constexpr double kMostLost = 5e6;  // nanoseconds, a little more than a thread that is displaced waits for its core

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// The time that this thread has waited for others since it took up a job.
thread_local double waited = 0;

// A call's work. Who is at it takes one piece after the other, and before each looks whether one more should come.
struct Job {
    double (*piece)(void *, std::size_t);  // gives how much it was, 1 if all are the same
    void *context;
    std::size_t pieces;
    double each;          // nanoseconds
    std::size_t helpers;  // that may come
    CoreSet cores;        // where they may run

    // Relaxed everywhere: these two only deal out numbers. What a piece reads and writes is handed over by
    // Helpers::job_ and Helpers::inside_.
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> called{0};

    // Gives how much this thread has done.
    template <class Call>
    double work(Call &&call_helper) {
        double done = 0;
        for (std::size_t i = take(); i < pieces; i = take()) {
            std::size_t helper = called.load(std::memory_order_relaxed);
            if (wants_another(i, helper) &&
                called.compare_exchange_strong(helper, helper + 1, std::memory_order_relaxed))
                call_helper(helper);
            done += piece(context, i);
        }
        return done;
    }

private:
    std::size_t take() { return next.fetch_add(1, std::memory_order_relaxed); }

    // Whether enough is left from piece i on for each of the threads that were called and one more.
    bool wants_another(std::size_t i, std::size_t now) const {
        return now < helpers && static_cast<double>(pieces - i) * each >= kWorthSharing * static_cast<double>(now + 1);
    }
};

// The threads that help, all asleep but during a job. They do not spin for the next one: a thread that does uses up its
// share of a busy core and then comes milliseconds late, where one that slept comes at once.
//
// Never destroyed: its threads may outlive every static object.
class Helpers {
public:
    // One job at a time. Acquire and release: who comes next sees which helpers were started.
    bool try_acquire() { return !busy_.test_and_set(std::memory_order_acquire); }
    void release() { busy_.clear(std::memory_order_release); }

    // Only for who has acquired: whether work of so many nanoseconds had better be done alone.
    bool is_better_alone(double work) {
        if (to_do_alone_ <= 0) return false;
        to_do_alone_ -= work;
        return true;
    }

    // Only for who has acquired.
    void run(Job &job) {
        const double begin = nanoseconds_now(), begin_of_this = nanoseconds_of_this_thread();
        job_.store(&job);
        double calling = 0;
        waited = 0;
        const double own = work_on(job, calling);
        const double worked = nanoseconds_of_this_thread() - begin_of_this - calling - waited;
        // job_ and inside_ are a pair, sequentially consistent: the owner takes the job away and then looks who is
        // inside; a helper goes inside and then looks for the job. So either the helper finds none, or the owner waits
        // for it. Nobody waits for a helper that was called and has not come yet.
        job_.store(nullptr);
        wait_until_empty();
        // A helper whose core is wanted by others comes late, keeps a piece for milliseconds, or displaces this thread.
        // Alone, all pieces would have taken as long each as one's own.
        const double each = own > 0 ? worked / own : job.each;
        const double lost = nanoseconds_now() - begin - each * static_cast<double>(job.pieces);
        if (lost > 0) to_do_alone_ = alone_for_ * std::min(lost, kMostLost);
        alone_for_ = lost > 0 ? std::min(2 * alone_for_, kMostAlone) : 1;
    }

private:
    struct Helper {
        std::mutex mutex;
        std::condition_variable wake;
        bool called = false;
    };

    // Gives how much this thread has done, and adds the time it took to call others.
    double work_on(Job &job, double &calling) {
        return job.work([&](std::size_t index) {
            const double begin = nanoseconds_of_this_thread();
            // Fewer threads than allowed are no error; nor does it help to ask for the next one at once.
            if (!call(index)) job.called.store(job.helpers, std::memory_order_relaxed);
            calling += nanoseconds_of_this_thread() - begin;
        });
    }

    // Wakes a helper, or starts it. Within a job only one thread calls a certain helper, and it is inside (or the
    // owner), so that the next job sees what stands in helpers_.
    bool call(std::size_t index) noexcept {
        Helper *&helper = helpers_[index];
        if (helper == nullptr) return start(index);
        {
            const std::lock_guard<std::mutex> lock(helper->mutex);
            // Called by an earlier job, it still has to come.
            if (std::exchange(helper->called, true)) return true;
        }
        helper->wake.notify_one();
        return true;
    }

    bool start(std::size_t index) noexcept {
        Helper *helper = nullptr;
        try {
            helper = new Helper;
            helper->called = true;
            std::thread(&Helpers::help, this, index, helper).detach();
        } catch (const std::exception &) {
            delete helper;
            return false;
        }
        helpers_[index] = helper;
        return true;
    }

    void help(std::size_t index, Helper *helper) {
#if defined(__linux__)
        pthread_setname_np(pthread_self(), "softargmax");
#endif
        CoreSet cores = CoreSet::of_this_thread();
        for (;;) {
            {
                std::unique_lock<std::mutex> lock(helper->mutex);
                helper->wake.wait(lock, [&] { return helper->called; });
                helper->called = false;
            }
            inside_.fetch_add(1);
            // It may be another job than the one that called, which wants fewer threads.
            if (Job *job = job_.load(); job != nullptr && index < job->helpers) {
                if (!(cores == job->cores)) (cores = job->cores).bind_this_thread();
                double calling = 0;
                work_on(*job, calling);
            }
            // The owner sees what was written here: each decrement belongs to the release sequence of those before.
            // waiting_ is the other pair: the owner says that it waits and then looks who is inside.
            if (inside_.fetch_sub(1) == 1 && waiting_.load()) {
                {
                    const std::lock_guard<std::mutex> lock(mutex_);
                }
                empty_.notify_one();
            }
        }
    }

    // First without giving up the core: the last piece is mostly done within microseconds. Then asleep, so that this
    // core is free for a helper that another thread has displaced from its own.
    void wait_until_empty() {
        for (int spins = 0; spins < 1000; ++spins) {
            if (inside_.load() == 0) return;
            pause();
        }
        std::unique_lock<std::mutex> lock(mutex_);
        waiting_.store(true);
        empty_.wait(lock, [&] { return inside_.load() == 0; });
        waiting_.store(false);
    }

    std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
    std::atomic<Job *> job_{nullptr};
    std::atomic<int> inside_{0};
    std::atomic<bool> waiting_{false};
    std::mutex mutex_;
    std::condition_variable empty_;
    double to_do_alone_ = 0;  // nanoseconds; only for who has acquired, and so is this:
    double alone_for_ = 1;    // times what is lost next
    std::array<Helper *, kMostHelpers> helpers_{};
};

std::atomic<Helpers *> helpers{nullptr};
std::atomic<std::size_t> limit{0};  // 0: not set

Helpers &the_helpers() {
    Helpers *present = helpers.load();
    if (present != nullptr) return *present;
    auto *mine = new Helpers;
    if (helpers.compare_exchange_strong(present, mine)) {
#if defined(__unix__) || defined(__APPLE__)
        // The child of a fork has none of its parent's threads and starts anew.
        static const int registered = pthread_atfork(nullptr, nullptr, [] { helpers.store(nullptr); });
        (void)registered;
#endif
        return *mine;
    }
    delete mine;
    return *present;
}

std::size_t limit_on(const CoreSet &cores) {
    const std::size_t set = limit.load(std::memory_order_relaxed);
    return set != 0 ? set : available_cores(cores);
}

thread_local bool alone = false;

}  // namespace

std::size_t thread_limit() { return limit_on(CoreSet::of_this_thread()); }

void set_thread_limit(std::size_t value) { limit.store(value == 0 ? 1 : value, std::memory_order_relaxed); }

bool stay_on_this_thread(bool stay) { return std::exchange(alone, stay); }

namespace {

// Gives whether the pieces were shared, and are done.
bool share(std::size_t pieces, double each, double (*piece)(void *, std::size_t), void *context) {
    if (pieces > 1 && !alone && static_cast<double>(pieces) * each >= kWorthSharing) {
        const CoreSet cores = CoreSet::of_this_thread();
        const std::size_t most = limit_on(cores) - 1;
        Helpers &all = the_helpers();
        if (most > 0 && all.try_acquire()) {
            const bool shares = !all.is_better_alone(static_cast<double>(pieces) * each);
            if (shares) {
                Job job{piece, context, pieces, each, most < kMostHelpers ? most : kMostHelpers, cores};
                all.run(job);
            }
            all.release();
            return shares;
        }
    }
    return false;
}

struct Pieces {
    void (*piece)(void *, std::size_t);
    void *context;

    static double one(void *self, std::size_t i) {
        const auto &pieces = *static_cast<Pieces *>(self);
        pieces.piece(pieces.context, i);
        return 1;
    }
};

struct Workers {
    double (*work)(void *, std::size_t);
    void *context;
    double count;

    static double one(void *self, std::size_t i) {
        const auto &workers = *static_cast<Workers *>(self);
        return workers.count * workers.work(workers.context, i);
    }
};

}  // namespace

void for_pieces(std::size_t pieces, double each, void (*piece)(void *, std::size_t), void *context) {
    Pieces all{piece, context};
    if (share(pieces, each, &Pieces::one, &all)) return;
    for (std::size_t i = 0; i < pieces; ++i) piece(context, i);
}

void for_workers(std::size_t workers, double price, double (*work)(void *, std::size_t), void *context) {
    const auto count = static_cast<double>(workers);
    Workers all{work, context, count};
    if (!share(workers, price / count, &Workers::one, &all)) work(context, 0);
}

void wait_until(const std::atomic<std::size_t> &count, std::size_t value) {
    const auto is_reached = [&] { return count.load(std::memory_order_acquire) >= value; };
    if (is_reached()) return;
    const double begin = nanoseconds_of_this_thread();
    // As long as a piece takes about; then whoever has been displaced from its core may have this one.
    for (int spins = 0; spins < 1000 && !is_reached(); ++spins) pause();
    while (!is_reached()) std::this_thread::yield();
    waited += nanoseconds_of_this_thread() - begin;
}

}  // namespace softargmax
