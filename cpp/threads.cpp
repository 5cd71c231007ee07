#include "threads.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "cores.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace softargmax {
namespace {

constexpr std::chrono::microseconds kAlertFor{50};

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

struct Job {
    void (*piece)(void *, std::size_t);
    void *context;
    std::size_t pieces;
    std::atomic<std::size_t> next{0};

    void work() {
        for (std::size_t i = next.fetch_add(1); i < pieces; i = next.fetch_add(1)) piece(context, i);
    }
};

// Never destroyed: its threads may outlive every static object.
class Helpers {
public:
    bool try_acquire() { return !busy_.test_and_set(std::memory_order_acquire); }
    void release() { busy_.clear(std::memory_order_release); }

    // Only for who has acquired.
    void run(Job &job, std::size_t helpers) {
        start(helpers);
        wanted_.store(helpers);
        job_.store(&job);
        if (sleeping_.load() > 0) {
            {
                const std::lock_guard<std::mutex> lock(mutex_);
            }
            wake_.notify_all();
        }
        job.work();
        job_.store(nullptr);
        // A helper that has seen the job is inside until it is done with it.
        for (int spins = 0; inside_.load() != 0; ++spins) spins < 10000 ? pause() : std::this_thread::yield();
    }

private:
    void start(std::size_t count) {
        while (started_ < count) {
            try {
                std::thread(&Helpers::help, this, started_).detach();
            } catch (const std::system_error &) {
                return;  // fewer threads than allowed are no error
            }
            ++started_;
        }
    }

    void help(std::size_t index) {
        auto alert_until = std::chrono::steady_clock::now() + kAlertFor;
        for (;;) {
            bool worked = false;
            if (job_.load(std::memory_order_relaxed) != nullptr && index < wanted_.load()) {
                inside_.fetch_add(1);
                if (Job *job = job_.load()) {
                    worked = job->next.load(std::memory_order_relaxed) < job->pieces;
                    job->work();
                }
                inside_.fetch_sub(1);
            }
            if (worked) {
                alert_until = std::chrono::steady_clock::now() + kAlertFor;
                continue;
            }
            for (int i = 0; i < 16; ++i) pause();
            if (std::chrono::steady_clock::now() < alert_until) continue;
            std::unique_lock<std::mutex> lock(mutex_);
            sleeping_.fetch_add(1);
            wake_.wait(lock, [&] { return job_.load() != nullptr && index < wanted_.load(); });
            sleeping_.fetch_sub(1);
            lock.unlock();
            alert_until = std::chrono::steady_clock::now() + kAlertFor;
        }
    }

    std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
    std::atomic<Job *> job_{nullptr};
    std::atomic<std::size_t> wanted_{0};
    std::atomic<int> inside_{0};
    std::atomic<int> sleeping_{0};
    std::mutex mutex_;
    std::condition_variable wake_;
    std::size_t started_ = 0;
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

}  // namespace

std::size_t thread_limit() {
    const std::size_t set = limit.load(std::memory_order_relaxed);
    return set != 0 ? set : available_cores();
}

void set_thread_limit(std::size_t value) { limit.store(value == 0 ? 1 : value, std::memory_order_relaxed); }

namespace {
thread_local bool alone = false;
}

bool stay_on_this_thread(bool stay) { return std::exchange(alone, stay); }

void for_pieces(std::size_t pieces, void (*piece)(void *, std::size_t), void *context) {
    Job job{piece, context, pieces};
    const std::size_t most = pieces > 1 && !alone ? thread_limit() : 1, threads = most < pieces ? most : pieces;
    if (threads > 1) {
        Helpers &all = the_helpers();
        if (all.try_acquire()) {
            all.run(job, threads - 1);
            all.release();
            return;
        }
    }
    job.work();
}

}  // namespace softargmax
