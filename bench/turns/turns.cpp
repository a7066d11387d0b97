#include "bench/turns/turns.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <vector>

#include "bench/turns/bare_server.h"
#include "bench/turns/core_sender.h"
#include "bench/turns/http_sender.h"
#include "bench/turns/process_figures.h"
#include "bench/turns/raw_writer.h"
#include "bench/turns/recount.h"
#include "bench/turns/workload.h"
#include "dsl/compile.h"
#include "engine/runtime.h"
#include "engine/store/sqlite_store.h"
#include "server/server.h"

namespace pawl::bench {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t rounds_max = 10;
constexpr std::uint64_t round_runs_least = 1'000;
// What the raw writer writes of a round; it holds all that in memory.
constexpr std::uint64_t sample_runs_max = 50'000;

struct Files {
    std::string store, yardstick;
};

Files files_of(const std::string& data) {
    return {(fs::path(data) / "pawl.db").string(), (fs::path(data) / "yardstick.db").string()};
}

std::uint64_t file_bytes(const std::string& file) {
    std::error_code problem;
    const std::uintmax_t bytes = fs::file_size(file, problem);
    return problem ? 0 : bytes;
}

void remove_file(const std::string& file) {
    std::error_code problem;
    for (const char* ending : {"", "-wal", "-shm"}) fs::remove(file + ending, problem);
}

Result<rules::Program> compile_book() {
    SourceSet sources;
    sources.add("book.pawl", std::string(turns_book()));
    dsl::Compilation compilation = dsl::compile(sources);
    if (compilation.program) return std::move(*compilation.program);
    return Error{.code = "book",
                 .message = "the rulebook of the benchmark has a mistake: " +
                            compilation.diagnostics.front().message};
}

Status prepare_folder(const std::string& data) {
    std::error_code problem;
    fs::create_directories(data, problem);
    if (fs::exists(files_of(data).store)) {
        return Error{.code = "exists",
                     .message = data + " holds a store; name a folder that holds none yet"};
    }
    std::ofstream book(turns_book_path(data));
    if (book << turns_book() << std::flush) return Done{};
    return Error{.code = "unreadable", .message = data + " cannot be written to"};
}

engine::RuntimeOptions runtime_options() {
    engine::RuntimeOptions options;
    options.clock = [] {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        return Instant{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
    };
    // Nobody would ever be answered: there is nothing left to measure.
    options.on_fatal = [](const Error& error) {
        std::fprintf(stderr, "pawl: %s\n", error.message.c_str());
        std::_Exit(3);
    };
    return options;
}

class TurnsBench {
 public:
    explicit TurnsBench(const TurnsOptions& options)
        : options_(options), files_(files_of(options.data)) {}
    ~TurnsBench() { close(); }
    TurnsBench(const TurnsBench&) = delete;
    TurnsBench& operator=(const TurnsBench&) = delete;

    Status open();
    Status measure(const std::function<void(std::uint64_t)>& show);
    // Closes the store, counts what is in it, and tells everything.
    Result<TurnsReport> finish();

 private:
    bool is_paced() const { return options_.pace.per_second > 0; }
    Status open_http();
    Status run_round(std::uint64_t first, std::uint64_t count, bool is_told);
    Status run_yardstick(std::uint64_t count, double seconds, double runs_per_group, bool is_told);
    Status run_bare_http(std::uint64_t first, std::uint64_t count, double seconds, bool is_told);
    void close();

    TurnsOptions options_;
    Files files_;
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
    double seconds_ = 0;
    Latencies acks_, commits_, bare_acks_;
    std::vector<double> yardstick_rates_, ratios_, rows_per_run_, bare_rates_, bare_ratios_;
};

Status TurnsBench::open() {
    if (Status prepared = prepare_folder(options_.data); !prepared) return prepared;
    Result<rules::Program> program = compile_book();
    if (!program) return program.error();
    program_ = std::move(*program);
    Result<std::unique_ptr<engine::SqliteStore>> store = engine::open_sqlite_store(options_.data);
    if (!store) return store.error();
    store_ = std::move(*store);
    if (Status opened = store_->open(*program_); !opened) return opened;
    runtime_ = engine::Runtime::start(*program_, *store_, runtime_options());
    if (Status loaded = runtime_->load_state(accounts_state(options_.accounts)); !loaded)
        return loaded;
    runtime_->with_store([](engine::SqliteStore& each) { (void)each.checkpoint(); });
    bytes_before_ = file_bytes(files_.store);

    RawDatabase look(files_.store, RawAccess::look);
    const std::string subjects = entity_table(look, "account");
    Result<std::unique_ptr<RawWriter>> yardstick =
        RawWriter::make(files_.store, files_.yardstick, subjects);
    if (!yardstick) return yardstick.error();
    yardstick_ = std::move(*yardstick);
    if (options_.through == Through::http) return open_http();
    sender_ = std::make_unique<CoreSender>(*runtime_, options_.pace);
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
        HttpSender::connect(server_->port(), options_.pace);
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
    const std::uint64_t rounds =
        is_paced() ? 1 : std::clamp<std::uint64_t>(options_.runs / round_runs_least, 1, rounds_max);
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
    if (Status sent = sender_->send({first, count, options_.accounts}, acks_); !sent) return sent;
    const double seconds = seconds_since(begin);
    const std::uint64_t groups =
        std::max<std::uint64_t>(runtime_->stats().commits - commits_before, 1);
    // What the engine does when it is idle is not to fall into the others' time.
    runtime_->with_store([](engine::SqliteStore& store) { (void)store.checkpoint(); });
    written_ += written_bytes() - written_before;
    seconds_ += seconds;
    groups_ += groups;
    const double runs_per_group = static_cast<double>(count) / static_cast<double>(groups);
    if (Status run = run_yardstick(count, seconds, runs_per_group, is_told); !run) return run;
    return bare_sender_ ? run_bare_http(first, count, seconds, is_told) : Status(Done{});
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
    if (yardstick_) remove_file(files_.yardstick);
    yardstick_.reset();
}

Result<TurnsReport> TurnsBench::finish() {
    close();
    const Result<Recount> counts = recount(files_.store, options_.accounts, options_.runs);
    if (!counts) return counts.error();
    const auto runs = static_cast<double>(options_.runs);
    TurnsReport report;
    report.runs = options_.runs;
    report.seconds = seconds_;
    report.ack = {acks_.percentile_ms(0.5), acks_.percentile_ms(0.99)};
    report.runs_per_group = runs / static_cast<double>(groups_);
    // Both times the log was empty: what it held lies in the file.
    report.growth_bytes_per_run =
        static_cast<double>(file_bytes(files_.store) - bytes_before_) / runs;
    report.written_bytes_per_run = static_cast<double>(written_) / runs;
    report.rows_per_run = median(rows_per_run_);
    report.yardstick_rows_per_s = median(yardstick_rates_);
    report.ratio = median(ratios_);
    report.ratio_least = *std::min_element(ratios_.begin(), ratios_.end());
    report.ratio_most = *std::max_element(ratios_.begin(), ratios_.end());
    report.yardstick_commit = {commits_.percentile_ms(0.5), commits_.percentile_ms(0.99)};
    if (!bare_rates_.empty()) {
        report.bare_http_per_s = median(bare_rates_);
        report.http_ratio = median(bare_ratios_);
    }
    report.lost = counts->lost;
    report.doubled = counts->doubled;
    return report;
}

}  // namespace

std::string turns_book_path(const std::string& data) {
    return (fs::path(data) / "book.pawl").string();
}

Result<TurnsReport> measure_turns(const TurnsOptions& options,
                                  const std::function<void(std::uint64_t)>& show) {
    TurnsBench bench(options);
    if (Status opened = bench.open(); !opened) return opened.error();
    if (Status measured = bench.measure(show); !measured) return measured.error();
    return bench.finish();
}

}  // namespace pawl::bench
