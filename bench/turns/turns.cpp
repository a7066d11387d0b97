#include "bench/turns/turns.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "bench/turns/bare_server.h"
#include "bench/turns/core_sender.h"
#include "bench/turns/harness.h"
#include "bench/turns/http_sender.h"
#include "bench/turns/process_figures.h"
#include "bench/turns/raw_writer.h"
#include "bench/turns/recount.h"
#include "bench/turns/workload.h"
#include "server/server.h"

namespace pawl::bench {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t rounds_max = 10;
constexpr std::uint64_t round_runs_least = 1'000;
// Long enough for a steady state with a wait of a second in it.
constexpr std::uint64_t round_runs_least_waiting = 100'000;
// What the raw writer writes of a round; it holds all that in memory.
constexpr std::uint64_t sample_runs_max = 50'000;

void remove_file(const std::string& file) {
    std::error_code problem;
    for (const char* ending : {"", "-wal", "-shm"}) fs::remove(file + ending, problem);
}

Percentiles percentiles_of(Latencies& latencies) {
    return {latencies.percentile_ms(0.5), latencies.percentile_ms(0.99)};
}

class TurnsBench {
 public:
    explicit TurnsBench(const TurnsOptions& options)
        : options_(options),
          store_file_(store_path(options.data)),
          yardstick_file_((fs::path(options.data) / "yardstick.db").string()) {}
    ~TurnsBench() { close(); }
    TurnsBench(const TurnsBench&) = delete;
    TurnsBench& operator=(const TurnsBench&) = delete;

    Status open();
    Status measure(const std::function<void(std::uint64_t)>& show);
    // Closes the store, counts what is in it, and tells everything.
    Result<TurnsReport> finish();

 private:
    bool does_wait() const { return options_.work == Work::waits; }
    bool is_paced() const { return options_.pace.per_second > 0; }
    Status open_http();
    Status run_round(std::uint64_t first, std::uint64_t count, bool is_told);
    Status run_yardstick(std::uint64_t count, double seconds, double runs_per_group, bool is_told);
    Status run_bare_http(std::uint64_t first, std::uint64_t count, double seconds, bool is_told);
    void watch_passing_rows();
    Result<double> wait_until_done(Clock::time_point begin, std::uint64_t all, std::uint64_t count);
    void close();

    TurnsOptions options_;
    std::string store_file_, yardstick_file_;
    RunWatch watch_;
    std::optional<rules::Program> program_;
    std::unique_ptr<engine::SqliteStore> store_;
    std::unique_ptr<engine::Runtime> runtime_;
    std::unique_ptr<server::Server> server_;
    std::unique_ptr<BareServer> bare_server_;
    std::unique_ptr<Sender> sender_, bare_sender_;
    std::unique_ptr<RawWriter> yardstick_;

    std::uint64_t bytes_before_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t groups_ = 0;
    double seconds_ = 0, busy_seconds_ = 0;
    Steady steady_;
    Latencies acks_, commits_, bare_acks_;
    std::vector<double> yardstick_rates_, ratios_, rows_per_run_, bare_rates_, bare_ratios_;
};

Status TurnsBench::open() {
    const std::string_view book = turns_book(options_.work);
    if (Status prepared = prepare_folder(options_.data, book); !prepared) return prepared;
    Result<rules::Program> program = compile_book(book);
    if (!program) return program.error();
    program_ = std::move(*program);
    Result<std::unique_ptr<engine::SqliteStore>> store = open_store(options_.data, *program_);
    if (!store) return store.error();
    store_ = std::move(*store);
    runtime_ = engine::Runtime::start(*program_, *store_, runtime_options(watch_));
    if (Status loaded = runtime_->load_state(accounts_state(options_.accounts)); !loaded)
        return loaded;
    checkpoint(*runtime_);
    bytes_before_ = file_bytes(store_file_);

    RawDatabase look(store_file_, RawAccess::look);
    const std::string subjects = entity_table(look, "account");
    Result<std::unique_ptr<RawWriter>> yardstick =
        RawWriter::make(store_file_, yardstick_file_, subjects);
    if (!yardstick) return yardstick.error();
    yardstick_ = std::move(*yardstick);
    if (options_.through == Through::http) return open_http();
    sender_ = std::make_unique<CoreSender>(*runtime_, watch_, options_.pace);
    return Done{};
}

Status TurnsBench::open_http() {
    server::ServerOptions server_options;
    server_options.port = 0;
    Result<std::unique_ptr<server::Server>> server =
        server::Server::start(*program_, *runtime_, *store_, server_options);
    if (!server) return server.error();
    server_ = std::move(*server);
    Result<std::unique_ptr<HttpSender>> sender =
        HttpSender::connect(server_->port(), options_.pace, &watch_);
    if (!sender) return sender.error();
    sender_ = std::move(*sender);
    if (is_paced()) return Done{};

    Result<std::unique_ptr<BareServer>> bare_server = BareServer::start();
    if (!bare_server) return bare_server.error();
    bare_server_ = std::move(*bare_server);
    Result<std::unique_ptr<HttpSender>> bare_sender =
        HttpSender::connect(bare_server_->port(), options_.pace);
    if (!bare_sender) return bare_sender.error();
    bare_sender_ = std::move(*bare_sender);
    return Done{};
}

Status TurnsBench::measure(const std::function<void(std::uint64_t)>& show) {
    // At a rate there is one round: between two of them nothing would come in.
    const std::uint64_t least = does_wait() ? round_runs_least_waiting : round_runs_least;
    const std::uint64_t rounds =
        is_paced() ? 1 : std::clamp<std::uint64_t>(options_.runs / least, 1, rounds_max);
    for (std::uint64_t round = 0; round < rounds; ++round) {
        const std::uint64_t first = options_.runs * round / rounds;
        const std::uint64_t end = options_.runs * (round + 1) / rounds;
        // Of several rounds the first warms up, for everyone.
        if (Status run = run_round(first, end - first, round > 0 || rounds == 1); !run) return run;
        show(end);
    }
    return Done{};
}

Status TurnsBench::run_round(std::uint64_t first, std::uint64_t count, bool is_told) {
    const std::uint64_t commits_before = runtime_->stats().commits;
    const std::uint64_t written_before = written_bytes();
    const Clock::time_point begin = Clock::now();
    watch_.begin_round(begin);
    if (Status sent = sender_->send({first, count, options_.accounts}, acks_); !sent) return sent;
    if (does_wait() && first == 0) watch_passing_rows();
    Result<double> rate = wait_until_done(begin, first + count, count);
    if (!rate) return rate.error();
    const double seconds = static_cast<double>(count) / *rate;
    const std::uint64_t groups =
        std::max<std::uint64_t>(runtime_->stats().commits - commits_before, 1);
    // What the engine does when it is idle is not to fall into the others' time.
    checkpoint(*runtime_);
    written_ += written_bytes() - written_before;
    groups_ += groups;
    const double runs_per_group = static_cast<double>(count) / static_cast<double>(groups);
    if (Status run = run_yardstick(count, seconds, runs_per_group, is_told); !run) return run;
    return bare_sender_ ? run_bare_http(first, count, seconds, is_told) : Status(Done{});
}

// The last runs of the round still wait: what one looks like is read from the store.
void TurnsBench::watch_passing_rows() {
    RawDatabase look(store_file_, RawAccess::look);
    RawStatement state = look.prepare("SELECT state FROM waiting_run LIMIT 1");
    if (state.step()) yardstick_->write_passing({entity_table(look, "run"), state.text(0)});
}

// Runs a second, by TurnsReport::runs_per_s. `all`: runs since the beginning.
Result<double> TurnsBench::wait_until_done(Clock::time_point begin, std::uint64_t all,
                                           std::uint64_t count) {
    const auto runs = static_cast<double>(count);
    if (!does_wait()) {
        const double seconds = seconds_since(begin);
        seconds_ += seconds;
        return runs / seconds;
    }
    if (!watch_.wait_for_ended(all)) {
        return Error{.code = "lost",
                     .message = std::to_string(all - watch_.ended()) + " of " +
                                std::to_string(all) + " runs did not go on after their wait; " +
                                std::to_string(watch_.failed()) + " failed"};
    }
    seconds_ += std::chrono::duration<double>(watch_.last_ended() - begin).count();
    busy_seconds_ += watch_.busy_seconds();
    const std::optional<Steady> steady = watch_.steady();
    if (!steady) return runs / watch_.busy_seconds();
    steady_.seconds += steady->seconds;
    steady_.runs += steady->runs;
    return steady->runs / steady->seconds;
}

Status TurnsBench::run_yardstick(std::uint64_t count, double seconds, double runs_per_group,
                                 bool is_told) {
    const std::uint64_t sample = std::min(count, sample_runs_max);
    if (Status fetched = yardstick_->fetch(sample, count); !fetched) return fetched;
    const auto groups = static_cast<std::uint64_t>(
        std::max(1.0, static_cast<double>(sample) / runs_per_group + 0.5));
    Latencies commits;
    const Result<RawPass> pass = yardstick_->write(groups, is_told ? commits_ : commits);
    if (!pass) return pass.error();
    if (is_told) {
        const auto rows = static_cast<double>(pass->rows);
        const double rows_per_run = rows / static_cast<double>(sample);
        rows_per_run_.push_back(rows_per_run);
        yardstick_rates_.push_back(rows / pass->seconds);
        ratios_.push_back(static_cast<double>(count) * rows_per_run / seconds /
                          yardstick_rates_.back());
    }
    return yardstick_->catch_up();
}

Status TurnsBench::run_bare_http(std::uint64_t first, std::uint64_t count, double seconds,
                                 bool is_told) {
    const Clock::time_point begin = Clock::now();
    if (Status sent = bare_sender_->send({first, count, options_.accounts}, bare_acks_); !sent)
        return sent;
    const double bare_seconds = seconds_since(begin);
    if (!is_told) return Done{};
    bare_rates_.push_back(static_cast<double>(count) / bare_seconds);
    bare_ratios_.push_back(bare_seconds / seconds);
    return Done{};
}

void TurnsBench::close() {
    sender_.reset();
    bare_sender_.reset();
    if (server_) server_->stop();
    server_.reset();
    bare_server_.reset();
    if (runtime_) runtime_->stop();
    runtime_.reset();
    store_.reset();
    if (yardstick_) remove_file(yardstick_file_);
    yardstick_.reset();
}

Result<TurnsReport> TurnsBench::finish() {
    close();
    const Result<Recount> counts =
        recount(store_file_, options_.work, options_.accounts, options_.runs);
    if (!counts) return counts.error();
    const auto runs = static_cast<double>(options_.runs);
    TurnsReport report;
    report.runs = options_.runs;
    report.seconds = seconds_;
    report.steady_seconds = steady_.seconds;
    report.runs_per_s = !does_wait()          ? runs / seconds_
                        : steady_.seconds > 0 ? steady_.runs / steady_.seconds
                                              : runs / busy_seconds_;
    report.ack = percentiles_of(acks_);
    report.first_step = percentiles_of(watch_.first_steps());
    if (does_wait()) report.timer_late = percentiles_of(watch_.lateness());
    report.runs_per_group = runs / static_cast<double>(groups_);
    // Both times the log was empty: what it held lies in the file.
    report.growth_bytes_per_run =
        static_cast<double>(file_bytes(store_file_) - bytes_before_) / runs;
    report.written_bytes_per_run = static_cast<double>(written_) / runs;
    report.rows_per_run = median(rows_per_run_);
    report.yardstick_rows_per_s = median(yardstick_rates_);
    report.ratio = median(ratios_);
    report.ratio_least = *std::min_element(ratios_.begin(), ratios_.end());
    report.ratio_most = *std::max_element(ratios_.begin(), ratios_.end());
    report.yardstick_commit = percentiles_of(commits_);
    if (!bare_rates_.empty()) {
        report.bare_http_per_s = median(bare_rates_);
        report.http_ratio = median(bare_ratios_);
    }
    report.lost = counts->lost;
    report.doubled = counts->doubled;
    return report;
}

}  // namespace

Result<TurnsReport> measure_turns(const TurnsOptions& options,
                                  const std::function<void(std::uint64_t)>& show) {
    TurnsBench bench(options);
    if (Status opened = bench.open(); !opened) return opened.error();
    if (Status measured = bench.measure(show); !measured) return measured.error();
    return bench.finish();
}

}  // namespace pawl::bench
