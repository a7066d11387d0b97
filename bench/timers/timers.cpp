#include "bench/timers/timers.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "bench/timers/timer_events.h"
#include "bench/turns/harness.h"
#include "bench/turns/raw_sqlite.h"
#include "bench/turns/recount.h"

namespace pawl::bench {

namespace {

constexpr std::uint64_t timers_a_group = 1'000;
constexpr std::uint64_t runs_an_event = 1'000;
constexpr std::uint64_t events_in_flight = 4;
constexpr std::uint64_t runs_least = 1'000, runs_most = 100'000;
constexpr std::uint64_t late_runs = 1'000;
constexpr double acks_per_second = 50;
constexpr std::int64_t hour_micros = 3'600'000'000;
constexpr std::int64_t second_micros = 1'000'000;

using Random = std::mt19937_64;

std::int64_t wall_micros() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// A moment from `begin` on, before `begin` + `length`.
std::int64_t moment(Random& random, std::int64_t begin, std::int64_t length) {
    return begin + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(length));
}

Percentiles percentiles_of(Latencies& latencies) {
    return {latencies.percentile_ms(0.5), latencies.percentile_ms(0.99)};
}

class TimersBench {
 public:
    TimersBench(const TimersOptions& options, const std::function<void(std::uint64_t)>& show)
        : options_(options), show_(show), store_file_(store_path(options.data)) {
        report_.pending = options.pending;
        report_.storm = options.storm;
        report_.runs = std::clamp(options.pending / 10, runs_least, runs_most);
        report_.late_runs = late_runs;
    }
    ~TimersBench() { close(); }
    TimersBench(const TimersBench&) = delete;
    TimersBench& operator=(const TimersBench&) = delete;

    Status prepare();
    Status insert_timers();
    Status insert_runs();
    Status measure_readiness();
    Status measure_lateness();
    Status measure_storm();
    Result<TimersReport> finish();

 private:
    Status open();
    Status start();
    void close();
    // Runs, each for a random moment from `begin` on; returns when all wait on disk.
    Status start_runs(std::uint64_t count, std::int64_t begin, std::int64_t length,
                      std::uint64_t shown);
    Status send_notes_until_drained(Clock::time_point begin, std::uint64_t runs);
    Status lost_runs(std::uint64_t runs) const;

    TimersOptions options_;
    const std::function<void(std::uint64_t)>& show_;
    std::string store_file_;
    std::optional<rules::Program> program_;
    RunWatch watch_;
    std::unique_ptr<engine::SqliteStore> store_;
    std::unique_ptr<engine::Runtime> runtime_;
    std::unique_ptr<EventFeeder> feeder_;
    TimersReport report_;
    Random random_{1};
    std::uint64_t next_note_ = 0;
    std::uint64_t next_event_ = 0;
};

Status TimersBench::prepare() {
    const std::string_view book = bench_book("timers/book.pawl");
    if (Status prepared = prepare_folder(options_.data, book); !prepared) return prepared;
    Result<rules::Program> program = compile_book(book);
    if (!program) return program.error();
    program_ = std::move(*program);
    return open();
}

Status TimersBench::open() {
    Result<std::unique_ptr<engine::SqliteStore>> store = open_store(options_.data, *program_);
    if (!store) return store.error();
    store_ = std::move(*store);
    return Done{};
}

Status TimersBench::start() {
    if (!store_) {
        if (Status opened = open(); !opened) return opened;
    }
    runtime_ = engine::Runtime::start(*program_, *store_, runtime_options(watch_));
    feeder_ = std::make_unique<EventFeeder>(*runtime_);
    return Done{};
}

void TimersBench::close() {
    if (runtime_) runtime_->stop();
    feeder_.reset();
    runtime_.reset();
    store_.reset();
}

// Their runs are none of ours: a timer whose run is not there wakes nobody.
Status TimersBench::insert_timers() {
    if (Status saved = store_->checkpoint(); !saved) return saved;
    const std::uint64_t bytes_before = file_bytes(store_file_);
    const std::int64_t begin_micros = wall_micros();
    const Clock::time_point begin = Clock::now();
    engine::Counters counters = store_->counters();
    counters.now = {begin_micros};
    for (std::uint64_t done = 0; done < options_.pending;) {
        const std::uint64_t count = std::min(timers_a_group, options_.pending - done);
        engine::WriteBatch batch;
        batch.timers.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::int64_t due = moment(random_, begin_micros + hour_micros, hour_micros);
            batch.timers.push_back({{{{due}, counters.next_timer++},
                                     engine::TimerKind::run,
                                     std::to_string(counters.next_run++)},
                                    false});
        }
        batch.counters = counters;
        if (Status committed = store_->commit(std::move(batch)); !committed) return committed;
        done += count;
        show_(done);
    }
    if (Status saved = store_->checkpoint(); !saved) return saved;
    const auto pending = static_cast<double>(options_.pending);
    report_.insert_per_s = pending / seconds_since(begin);
    report_.bytes_per_timer = static_cast<double>(file_bytes(store_file_) - bytes_before) / pending;
    return Done{};
}

Status TimersBench::start_runs(std::uint64_t count, std::int64_t begin, std::int64_t length,
                               std::uint64_t shown) {
    for (std::uint64_t done = 0; done < count;) {
        const std::uint64_t of_event = std::min(runs_an_event, count - done);
        std::vector<Instant> due;
        for (std::uint64_t i = 0; i < of_event; ++i) {
            due.push_back({moment(random_, begin, length)});
        }
        feeder_->wait_for_room(events_in_flight);
        Status sent = feeder_->send(reminders_text(next_event_++, due), engine::WaitFor::turn);
        if (!sent) return sent;
        done += of_event;
        show_(shown + done);
    }
    return feeder_->finish();
}

Status TimersBench::insert_runs() {
    if (Status started = start(); !started) return started;
    checkpoint(*runtime_);
    const std::uint64_t bytes_before = file_bytes(store_file_);
    const Clock::time_point begin = Clock::now();
    if (Status sent =
            start_runs(report_.runs, wall_micros() + hour_micros, hour_micros, options_.pending);
        !sent)
        return sent;
    report_.runs_insert_per_s = static_cast<double>(report_.runs) / seconds_since(begin);
    checkpoint(*runtime_);
    report_.bytes_per_run = static_cast<double>(file_bytes(store_file_) - bytes_before) /
                            static_cast<double>(report_.runs);
    close();
    return Done{};
}

Status TimersBench::measure_readiness() {
    if (options_.ready_rounds > 0) {
        const Result<Ready> ready = measure_ready({.program = options_.program,
                                                   .book = book_path(options_.data),
                                                   .data = options_.data,
                                                   .rounds = options_.ready_rounds});
        if (!ready) return ready.error();
        report_.ready = *ready;
    }
    const Clock::time_point begin = Clock::now();
    if (Status started = start(); !started) return started;
    if (Status sent = feeder_->send(note_text(next_note_++), engine::WaitFor::append); !sent)
        return sent;
    if (Status finished = feeder_->finish(); !finished) return finished;
    report_.first_ack_ms = seconds_since(begin) * 1'000;
    return Done{};
}

Status TimersBench::lost_runs(std::uint64_t runs) const {
    return Error{.code = "lost",
                 .message = std::to_string(runs - watch_.ended()) + " of " + std::to_string(runs) +
                            " runs did not go on after their wait"};
}

Status TimersBench::measure_lateness() {
    const std::int64_t begin = wall_micros() + 2 * second_micros;
    if (Status sent = start_runs(late_runs, begin, second_micros, options_.pending); !sent)
        return sent;
    if (!watch_.wait_for_ended(late_runs)) return lost_runs(late_runs);
    report_.late = percentiles_of(watch_.lateness());
    return Done{};
}

Status TimersBench::measure_storm() {
    // Twice what is needed to prepare it, by what was measured.
    const double needed = static_cast<double>(options_.storm) / report_.runs_insert_per_s;
    const std::int64_t begin =
        wall_micros() + 3 * second_micros + static_cast<std::int64_t>(needed * 2 * second_micros);
    if (Status sent = start_runs(options_.storm, begin, second_micros, options_.pending); !sent)
        return sent;
    const std::int64_t left = begin - wall_micros();
    if (left < 0) {
        return Error{.code = "slow",
                     .message =
                         "the storm came while its runs were still being started: other "
                         "work slowed this machine down"};
    }
    const Clock::time_point begins = Clock::now() + std::chrono::microseconds(left);
    std::this_thread::sleep_until(begins);
    const std::uint64_t runs = late_runs + options_.storm;
    if (Status sent = send_notes_until_drained(begins, runs); !sent) return sent;
    report_.storm_seconds = std::chrono::duration<double>(watch_.last_ended() - begins).count();
    return Done{};
}

// One more second than the storm takes at least, so that there is something to tell.
Status TimersBench::send_notes_until_drained(Clock::time_point begin, std::uint64_t runs) {
    std::uint64_t ended = 0;
    Clock::time_point moved = begin;
    feeder_->forget_latencies();
    for (std::uint64_t note = 0;; ++note) {
        const Clock::time_point due = due_at(begin, note, acks_per_second);
        std::this_thread::sleep_until(due);
        const std::uint64_t now_ended = watch_.ended();
        if (now_ended == runs && due - begin >= std::chrono::seconds(1)) break;
        if (now_ended != ended) moved = due;
        ended = now_ended;
        if (due - moved > std::chrono::seconds(60)) return lost_runs(runs);
        if (Status sent = feeder_->send(note_text(next_note_++), engine::WaitFor::append, due);
            !sent)
            return sent;
    }
    if (Status finished = feeder_->finish(); !finished) return finished;
    report_.storm_acks = feeder_->latencies().count();
    report_.storm_ack = percentiles_of(feeder_->latencies());
    return Done{};
}

// Every timer is still there, of every run that is to come too; and each run that was due has
// ended, with what it recorded.
Result<TimersReport> TimersBench::finish() {
    close();
    RawDatabase store(store_file_, RawAccess::look);
    const auto count = [&](const std::string& from) {
        return static_cast<std::uint64_t>(store.integer("SELECT count(*) FROM " + from));
    };
    const std::uint64_t timers = count("timer") + count("timer_later");
    const std::uint64_t waiting = count("waiting_run");
    const std::uint64_t ended = count("run WHERE rule = 'remind' AND status = 'success'");
    const std::uint64_t logged = count("automation_log WHERE rule = 'remind' AND action = 'log'");
    if (Status status = store.status(); !status) return status.error();

    const std::uint64_t due = late_runs + options_.storm;
    const auto compare = [&](std::uint64_t found, std::uint64_t expected) {
        if (found < expected) report_.lost = std::max(report_.lost, expected - found);
        if (found > expected) report_.doubled = std::max(report_.doubled, found - expected);
    };
    compare(timers, options_.pending + report_.runs);
    compare(waiting, report_.runs);
    compare(ended, due);
    compare(logged, due);
    return report_;
}

}  // namespace

Result<TimersReport> measure_timers(const TimersOptions& options,
                                    const std::function<void(std::uint64_t)>& show) {
    TimersBench bench(options, show);
    using Step = Status (TimersBench::*)();
    for (const Step step : {&TimersBench::prepare, &TimersBench::insert_timers,
                            &TimersBench::insert_runs, &TimersBench::measure_readiness,
                            &TimersBench::measure_lateness, &TimersBench::measure_storm}) {
        if (Status done = (bench.*step)(); !done) return done.error();
    }
    return bench.finish();
}

}  // namespace pawl::bench
