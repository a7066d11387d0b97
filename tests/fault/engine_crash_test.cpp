#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "engine/runtime.h"
#include "tests/fault/disk.h"
#include "tests/fault/plain_connection.h"
#include "tests/fault/store_scenario.h"
#include "tests/fault/till.h"

// A whole engine over a disk that loses power, or is full.

namespace pawl::fault {

namespace {

using engine::Admission;
using engine::Runtime;
using engine::Synchronous;

const rules::Program& till() {
    static const rules::Program program = compile_till();
    return program;
}

// An engine, and who sends to it.
class Engine {
 public:
    Engine(const Folder& folder, Disk& disk, Synchronous synchronous = Synchronous::full)
        : disk_(disk) {
        auto store = engine::open_sqlite_store(folder.path(), {.synchronous = synchronous,
                                                               .vfs = disk.vfs(),
                                                               .log_piece_bytes = 32u << 10,
                                                               .log_bytes_most = 256u << 10});
        if (!store) FAIL(store.error().message);
        store_ = std::move(*store);
        if (const Status opened = store_->open(till()); !opened) FAIL(opened.error().message);
        engine::RuntimeOptions options;
        options.clock = [] {
            static std::atomic<std::int64_t> millisecond{1'772'409'600'000};
            return Instant{++millisecond * 1'000};
        };
        options.retry_milliseconds = 1;
        options.on_fatal = [this](const Error& error) {
            const std::lock_guard lock(mutex_);
            fatal_ = error.message;
            changed_.notify_all();
        };
        runtime_ = Runtime::start(till(), *store_, std::move(options));
    }
    ~Engine() { stop(); }

    // Each answer of an event is noted in the disk's history.
    Admission submit(const std::vector<std::int64_t>& numbers,
                     engine::WaitFor wait = engine::WaitFor::append) {
        std::vector<std::string> events;
        events.reserve(numbers.size());
        for (const std::int64_t number : numbers) events.push_back(payment_event(number));
        {
            const std::lock_guard lock(mutex_);
            ++open_;
        }
        const Admission admission =
            runtime_->submit(std::move(events), wait, [this, numbers](auto receipts) {
                const std::lock_guard lock(mutex_);
                for (std::size_t i = 0; i < receipts.size(); ++i) {
                    if (receipts[i].status > engine::ReceiptStatus::duplicate) ++refused_;
                    disk_.note(numbers[i]);
                    acknowledged_.insert(numbers[i]);
                }
                --open_;
                changed_.notify_all();
            });
        if (admission != Admission::taken) {
            const std::lock_guard lock(mutex_);
            --open_;
        }
        return admission;
    }
    void wait_until_answered() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return open_ == 0 || !fatal_.empty(); });
        if (!fatal_.empty()) FAIL(fatal_);
    }
    // Not with a sleep: until it is so.
    void wait_until_disk(bool is_waited_for) const {
        while (runtime_->stats().is_waiting_for_disk != is_waited_for) std::this_thread::yield();
    }
    std::set<std::int64_t> acknowledged() const {
        const std::lock_guard lock(mutex_);
        return acknowledged_;
    }
    std::size_t refused() const { return refused_; }
    void stop() {
        if (runtime_) runtime_->stop();
        runtime_.reset();
    }
    std::string difference(const std::set<std::int64_t>& numbers) {
        return till_difference(*store_, till(), numbers);
    }
    engine::SqliteStore& store() { return *store_; }

 private:
    Disk& disk_;
    std::unique_ptr<engine::SqliteStore> store_;
    mutable std::mutex mutex_;  // of what follows, as far as the runtime's threads touch it
    std::condition_variable changed_;
    std::set<std::int64_t> acknowledged_;
    std::size_t open_ = 0, refused_ = 0;
    std::string fatal_;
    std::unique_ptr<Runtime> runtime_;
};

std::vector<std::int64_t> range(std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> numbers;
    for (std::int64_t number = begin; number < end; ++number) numbers.push_back(number);
    return numbers;
}

std::set<std::int64_t> as_set(const std::vector<std::int64_t>& numbers) {
    return {numbers.begin(), numbers.end()};
}

// A new engine on what a power cut left: sends again what was not acknowledged, and more. What is
// then not as it must be.
std::string go_on(const Folder& folder, Disk& left, const std::set<std::int64_t>& acknowledged,
                  std::int64_t sent) {
    Engine engine(folder, left);
    std::vector<std::int64_t> again;
    for (const std::int64_t number : range(0, sent + 3))
        if (acknowledged.count(number) == 0) again.push_back(number);
    REQUIRE(engine.submit(again, engine::WaitFor::turn) == Admission::taken);
    engine.wait_until_answered();
    engine.stop();
    CHECK(engine.refused() == 0);
    return engine.difference(as_set(range(0, sent + 3)));
}

// Looks at what is left after every `stride`-th operation of an engine's life, `kinds` ways each;
// how often it was not as it must be.
std::size_t cut_everywhere(Synchronous synchronous, std::size_t stride, std::uint64_t kinds) {
    std::size_t wrong = 0;
    constexpr std::int64_t sent = 60;
    const Folder folder;
    Disk disk;
    disk.keep_history();
    {
        Engine engine(folder, disk, synchronous);
        for (std::int64_t begin = 0; begin < sent; begin += 10) {
            // One request is answered before the next two are sent.
            REQUIRE(engine.submit(range(begin, begin + 3)) == Admission::taken);
            engine.wait_until_answered();
            REQUIRE(engine.submit(range(begin + 3, begin + 7)) == Admission::taken);
            REQUIRE(engine.submit(range(begin + 7, begin + 10)) == Admission::taken);
        }
        engine.wait_until_answered();
    }
    const std::vector<Operation> history = disk.history();
    const std::vector<Note> notes = disk.notes();
    REQUIRE(notes.size() == sent);
    Medium medium;
    std::set<std::int64_t> acknowledged;
    std::size_t noted = 0;
    for (std::size_t n = 0; n <= history.size(); ++n) {
        if (n > 0) medium.apply(history[n - 1]);
        while (noted < notes.size() && notes[noted].operations <= n)
            acknowledged.insert(notes[noted++].value);
        if (n % stride != 0) continue;
        for (std::uint64_t i = 0; i < kinds; ++i) {
            const std::uint64_t kind = (n + i) % Medium::survivor_kinds;
            CAPTURE(n, kind);
            Disk left(medium.survivors(n * Medium::survivor_kinds + kind));
            const std::string difference = go_on(folder, left, acknowledged, sent);
            if (synchronous == Synchronous::full) CHECK(difference == "");
            if (!difference.empty()) ++wrong;
            Connection connection(folder.database(), left.vfs());
            CHECK(connection.check() == "ok");
        }
    }
    return wrong;
}

}  // namespace

TEST_CASE("a power cut after any operation of an engine: what it acknowledged has happened once") {
    CHECK(cut_everywhere(Synchronous::full, 1, 1) == 0);
}

TEST_CASE("a power cut after any operation of an engine, in every way", "[.slow]") {
    CHECK(cut_everywhere(Synchronous::full, 1, Medium::survivor_kinds) == 0);
}

TEST_CASE("with synchronous = normal a power cut takes back what an engine acknowledged") {
    CHECK(cut_everywhere(Synchronous::normal, 8, 1) > 0);
}

TEST_CASE("a full disk holds the engine up and loses nothing; with space it goes on") {
    const Folder folder;
    Disk disk;
    std::vector<std::int64_t> turned_away;
    {
        Engine engine(folder, disk);
        REQUIRE(engine.submit(range(0, 20)) == Admission::taken);
        engine.wait_until_answered();
        disk.fail_at(disk.operations() + 1, Failure::full, true);
        REQUIRE(engine.submit(range(20, 40)) == Admission::taken);
        engine.wait_until_disk(true);
        CHECK(engine.submit({40}) == Admission::waiting);
        CHECK(engine.submit({41}) == Admission::waiting);
        CHECK(engine.acknowledged() == as_set(range(0, 20)));
        // What lay in the log before the disk was full is there whatever happens now.
        CHECK(disk.failures() > 0);
        disk.mend();
        engine.wait_until_answered();
        engine.wait_until_disk(false);
        CHECK(engine.acknowledged() == as_set(range(0, 40)));
        REQUIRE(engine.submit(range(40, 60), engine::WaitFor::turn) == Admission::taken);
        engine.wait_until_answered();
        engine.stop();
        CHECK(engine.refused() == 0);
        CHECK(engine.difference(as_set(range(0, 60))) == "");
    }
    disk.cut_power();
    disk.restart(0);
    CHECK(go_on(folder, disk, as_set(range(0, 60)), 60) == "");
}

TEST_CASE(
    "an engine that is stopped while the disk is full stops, and loses nothing it answered for") {
    const Folder folder;
    Disk disk;
    {
        Engine engine(folder, disk);
        REQUIRE(engine.submit(range(0, 20)) == Admission::taken);
        engine.wait_until_answered();
        disk.fail_at(disk.operations() + 1, Failure::full, true);
        REQUIRE(engine.submit(range(20, 40)) == Admission::taken);
        engine.wait_until_disk(true);
        engine.stop();
        CHECK(engine.acknowledged() == as_set(range(0, 20)));
    }
    disk.mend();
    CHECK(go_on(folder, disk, as_set(range(0, 20)), 40) == "");
}

TEST_CASE("a disk that fails ends the engine before it answers for what may not be there") {
    // A write, or the sync behind it: the n-th operation from here.
    const std::size_t n = GENERATE(1u, 2u, 3u, 4u, 5u);
    const Folder folder;
    Disk disk;
    std::set<std::int64_t> acknowledged;
    {
        Engine engine(folder, disk);
        REQUIRE(engine.submit(range(0, 20)) == Admission::taken);
        engine.wait_until_answered();
        disk.fail_at(disk.operations() + n, Failure::io_error, true);
        for (std::int64_t number = 20; engine.submit({number}) == Admission::taken; ++number)
            REQUIRE(number < 1'000'000);
        acknowledged = engine.acknowledged();
    }
    disk.cut_power();
    disk.restart(0);
    Engine engine(folder, disk);
    engine.stop();
    for (const std::int64_t number : acknowledged)
        CHECK(engine.store().seen("/fault", payment_id(number)).has_value());
}

}  // namespace pawl::fault
