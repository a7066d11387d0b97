#include "server/internal/http_server.h"

#include <future>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "server/internal/binary_event.h"
#include "server/internal/erasure.h"
#include "server/internal/exports.h"
#include "server/internal/held_list.h"
#include "server/internal/lists.h"
#include "server/internal/split_events.h"
#include "server/internal/time_answers.h"

namespace pawl::server::internal {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds sweep_period{1};
constexpr std::chrono::seconds stop_limit{5};
constexpr std::size_t read_buffer_bytes = 64u << 10;

TimePoint read_clock(const ServerOptions& options) {
    return options.clock ? options.clock() : std::chrono::steady_clock::now();
}

Response not_found(const Request& request) {
    return error_response(404, "not_found",
                          "nothing is at " + quote_for_message(cut(request.target, '?').first) +
                              "; the API begins at /api/, and is told in docs/reference/http.md");
}

Response busy_with_long_job() {
    return retry_response(503, "busy",
                          "many exports and erasures wait already; they run one at a time");
}

}  // namespace

HttpServer::HttpServer(const rules::Program& program, engine::Runtime& runtime,
                       engine::SqliteStore& store, ServerOptions options,
                       std::unique_ptr<ReadPool> reads)
    : program_(program),
      runtime_(runtime),
      store_(store),
      options_(std::move(options)),
      security_(options_.token),
      mailbox_(std::make_shared<Mailbox>([this] { asio::post(io_, [this] { read_letters(); }); })),
      reads_(std::move(reads)),
      intake_(runtime, mailbox_,
              {[this](ConnectionId id) { return find(id); },
               [this] { asio::post(io_, [this] { intake_.flush(); }); }}) {
    now = read_clock(options_);
    time_limit = std::chrono::seconds(options_.read_timeout_seconds);
    request_limits = {options_.header_bytes_max, options_.body_bytes_max};
    read_buffer.resize(read_buffer_bytes);
}

// What could throw here, a thread that cannot be joined, is the process's end.
HttpServer::~HttpServer() { stop(); }  // NOLINT(bugprone-exception-escape)

Status HttpServer::listen(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) acceptor_.non_blocking(true, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) {
        return Error{"address", "cannot listen at " + endpoint.address().to_string() + " port " +
                                    std::to_string(endpoint.port()) + ": " + error.message()};
    }
    arm_accept();
    arm_sweep();
    thread_ = std::thread([this] { io_.run(); });
    return Done{};
}

void HttpServer::arm_accept() {
    acceptor_.async_wait(Acceptor::wait_read, [this](const error_code& error) {
        if (error) return;  // closed
        accept_all();
    });
}

void HttpServer::accept_all() {
    while (true) {
        error_code error;
        tcp::socket socket = acceptor_.accept(error);
        if (error == asio::error::would_block || error == asio::error::try_again) break;
        if (error == asio::error::connection_aborted) continue;
        if (error) {
            // Out of descriptors or memory: looking again at once would find the same.
            log::write(log::Level::warn, "a connection could not be accepted",
                       {{"error", error.message()}});
            is_accept_paused_ = true;
            return;
        }
        if (connections_.size() >= options_.connections_max) {
            refuse_connection(std::move(socket));
            continue;
        }
        socket.non_blocking(true, error);
        if (!error) socket.set_option(tcp::no_delay(true), error);
        if (error) continue;  // gone already
        const ConnectionId id = next_connection_++;
        const auto connection = std::make_shared<Connection>(std::move(socket), id,
                                                             static_cast<ConnectionOwner&>(*this));
        connections_.emplace(id, connection);
        connection->start();
    }
    arm_accept();
}

void HttpServer::refuse_connection(tcp::socket socket) {
    metrics_.count_refused_connection();
    const Response response =
        retry_response(503, "busy", "too many connections; try again in a second");
    write_buffer.clear();
    append_head(write_buffer, response, BodyFraming::length, response.body.size(),
                AfterResponse::close);
    write_buffer += response.body;
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(write_buffer), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

void HttpServer::arm_sweep() {
    sweep_timer_.expires_after(sweep_period);
    sweep_timer_.async_wait([this](const error_code& error) {
        if (error) return;
        sweep_here();
        arm_sweep();
    });
}

void HttpServer::sweep_here() {
    now = read_clock(options_);
    std::vector<std::shared_ptr<Connection>> all;  // some leave the map meanwhile
    all.reserve(connections_.size());
    for (const auto& [id, connection] : connections_) all.push_back(connection);
    for (const auto& connection : all) connection->sweep();
    if (std::exchange(is_accept_paused_, false) && !is_stopping_) accept_all();
}

void HttpServer::sweep() {
    std::promise<void> done;
    asio::post(io_, [&] {
        sweep_here();
        done.set_value();
    });
    done.get_future().wait();
}

void HttpServer::stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
        is_stopping_ = true;
        error_code ignored;
        acceptor_.close(ignored);
        std::vector<std::shared_ptr<Connection>> all;
        for (const auto& [id, connection] : connections_) all.push_back(connection);
        for (const auto& connection : all) connection->finish_and_close();
        const std::lock_guard lock(stop_mutex_);
        has_no_connections_ = connections_.empty();
        is_empty_.notify_one();
    });
    {
        std::unique_lock lock(stop_mutex_);
        is_empty_.wait_for(lock, stop_limit, [&] { return has_no_connections_; });
    }
    asio::post(io_, [this] {
        std::vector<std::shared_ptr<Connection>> all;
        for (const auto& [id, connection] : connections_) all.push_back(connection);
        for (const auto& connection : all) connection->close();
        sweep_timer_.cancel();
        io_.stop();
    });
    thread_.join();
    mailbox_->close();
    for (const auto& weak : pipes_)
        if (const std::shared_ptr<BodyPipe> pipe = weak.lock()) pipe->cancel();
    reads_.reset();
}

std::shared_ptr<Connection> HttpServer::find(ConnectionId id) const {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second;
}

void HttpServer::read_letters() {
    mailbox_->fetch(letters_);
    for (const auto& [batch, receipts] : letters_.receipts) intake_.deliver(batch, receipts);
    for (const auto& [id, response] : letters_.answers) {
        if (const std::shared_ptr<Connection> connection = find(id)) {
            connection->answer(response);
        } else if (response.pipe != nullptr) {
            response.pipe->cancel();
        }
    }
    for (const ConnectionId id : letters_.ready_pipes)
        if (const std::shared_ptr<Connection> connection = find(id)) connection->pump_pipe();
    letters_.receipts.clear();
    letters_.answers.clear();
    letters_.ready_pipes.clear();
}

std::optional<Response> HttpServer::check(Connection& connection) {
    const Request& request = connection.request();
    std::optional<Target> target = parse_target(request.target);
    connection.target = target ? std::move(*target) : Target{};
    const Route route = connection.target.route;
    const bool is_open = route == Route::healthz || route == Route::readyz;
    if (std::optional<Response> refused = security_.refuse(request, is_open)) return refused;
    if (!target) {
        return error_response(400, "bad_request", "the address is not escaped as addresses are");
    }
    if (request.method == Method::options && (route != Route::other || request.target == "*")) {
        Response response;
        response.status = 204;
        response.headers = "Allow: " + std::string(allowed_methods(route)) + "\r\n";
        return response;
    }
    if (route == Route::other) return not_found(request);
    if (!takes(route, request.method)) {
        Response response = error_response(
            405, "method_not_allowed",
            std::string(route_text(route)) + " takes " + std::string(allowed_methods(route)));
        response.headers = "Allow: " + std::string(allowed_methods(route)) + "\r\n";
        return response;
    }
    return request.method == Method::post ? check_body_type(request) : std::nullopt;
}

std::optional<Response> HttpServer::check_body_type(const Request& request) const {
    if (!request.content_encoding.empty() &&
        !equals_ignoring_case(request.content_encoding, "identity")) {
        return error_response(415, "content_encoding",
                              "a body is taken as it is, without Content-Encoding");
    }
    if (!request.is_json) {
        // What curl says of `--data` unless it is told.
        const bool is_form =
            request.content_type.find("x-www-form-urlencoded") != std::string::npos;
        return error_response(
            415, "content_type",
            "the body is " + quote_for_message(request.content_type) +
                "; taken are application/json, application/x-ndjson, "
                "application/cloudevents+json and "
                "application/cloudevents-batch+json, in UTF-8" +
                (is_form ? "; curl needs -H 'Content-Type: application/json'" : ""));
    }
    return std::nullopt;
}

void HttpServer::handle(Connection& connection) {
    if (requests_in_flight_ >= options_.requests_in_flight_max) {
        return connection.answer(
            retry_response(503, "busy", "too many requests at once; try again in a second"));
    }
    connection.is_in_flight = true;
    ++requests_in_flight_;
    switch (connection.target.route) {
        case Route::events:
            connection.handled_at = std::chrono::steady_clock::now();
            return intake_.take(connection);
        case Route::entities: return connection.answer(list_entities(program_));
        case Route::journeys: return connection.answer(list_journeys(program_));
        case Route::preview: return preview(connection);
        case Route::clock: return connection.answer(show_clock(runtime_.stats()));
        case Route::accept_clock: return connection.answer(accept_clock());
        case Route::healthz: return connection.answer(json_response(R"({"status":"alive"})"));
        case Route::readyz: return connection.answer(readiness());
        case Route::metrics: return connection.answer(metrics_text());
        case Route::export_events:
        case Route::export_state: return export_to(connection);
        case Route::erase:
        case Route::erase_record: return erase(connection);
        default: return read(connection);
    }
}

void HttpServer::read(Connection& connection) {
    const auto look = [this](engine::StoreReader& reader, const Target& target) {
        switch (target.route) {
            case Route::records:
                return list_records(reader, program_, target.first, target.parameters);
            case Route::record: return show_record(reader, program_, target.first, target.second);
            case Route::runs: return list_runs(reader, program_, target.parameters);
            case Route::run: return show_run(reader, program_, target.first);
            case Route::effects: return list_effects(reader, program_, target.parameters);
            case Route::held: return list_held(reader, program_, target.parameters);
            default: return list_parked(reader);
        }
    };
    const bool is_taken = reads_->submit(
        [look, mailbox = mailbox_, id = connection.id(), target = connection.target](
            engine::StoreReader& reader) { mailbox->put_answer(id, look(reader, target)); },
        JobLength::short_);
    if (!is_taken) {
        connection.answer(
            retry_response(503, "busy", "too many lists are asked for; try again in a second"));
    }
}

void HttpServer::export_to(Connection& connection) {
    if (connection.request().method == Method::head) {  // told without looking
        Response response;
        response.content_type = connection.target.route == Route::export_events
                                    ? "application/x-ndjson"
                                    : "application/json";
        return connection.answer(response);
    }
    const ConnectionId id = connection.id();
    const auto pipe =
        std::make_shared<BodyPipe>([mailbox = mailbox_, id] { mailbox->put_ready_pipe(id); });
    const bool is_taken = reads_->submit(
        [this, pipe, id, target = connection.target,
         now = runtime_.stats().now](engine::StoreReader& reader) {
            write_export(reader, program_, now, target, pipe,
                         [&](Response response) { mailbox_->put_answer(id, std::move(response)); });
        },
        JobLength::long_);
    if (is_taken) {
        std::erase_if(pipes_, [](const auto& weak) { return weak.expired(); });
        pipes_.push_back(pipe);
    } else {
        connection.answer(busy_with_long_job());
    }
}

// The record is named by the path, or by the body {"entity","id"}.
void HttpServer::erase(Connection& connection) {
    std::string entity = connection.target.first, id = connection.target.second;
    if (connection.target.route == Route::erase) {
        const Result<Json> read = parse_json(connection.request().body);
        const auto text_of = [&](std::string_view name) {
            const Json* value = read ? read->find(name) : nullptr;
            return value != nullptr && value->kind == JsonKind::string ? value->text
                                                                       : std::string();
        };
        entity = text_of("entity");
        id = text_of("id");
    }
    if (entity.empty() || id.empty()) {
        return connection.answer(
            error_response(400, "bad_request",
                           R"(the body is to be {"entity":"…","id":"…"}, both of them texts)"));
    }
    const bool is_taken = reads_->submit(
        [this, connection_id = connection.id(), name = entity + "/" + id](engine::StoreReader&) {
            mailbox_->put_answer(connection_id, erase_named(program_, runtime_, name));
        },
        JobLength::long_);
    if (!is_taken) connection.answer(busy_with_long_job());
}

// The core answers when it comes to it; a read thread waits for that.
void HttpServer::preview(Connection& connection) {
    Request& request = connection.request();
    if (request.event_attributes.empty() && is_blank(request.body)) {
        return connection.answer(
            error_response(400, "empty_body", "the request has no body; an event is due"));
    }
    std::string text;
    if (request.event_attributes.empty()) {
        text = std::move(request.body);
    } else {
        Result<std::string> event = event_of_binary_mode(request);
        if (!event) {
            return connection.answer(
                error_response(400, event.error().code, event.error().message));
        }
        text = std::move(*event);
    }
    const bool is_taken = reads_->submit(
        [this, id = connection.id(), text = std::move(text)](engine::StoreReader&) {
            mailbox_->put_answer(id, show_preview(runtime_.preview(text)));
        },
        JobLength::short_);
    if (!is_taken) {
        connection.answer(
            retry_response(503, "busy", "too many answers are waited for; try again in a second"));
    }
}

Response HttpServer::accept_clock() {
    const bool was_held = runtime_.accept_clock();
    if (was_held) log::write(log::Level::info, "the machine's clock was accepted");
    return show_clock(runtime_.stats(), was_held);
}

Response HttpServer::readiness() const {
    if (is_stopping_) return retry_response(503, "stopping", "the engine is stopping");
    const engine::RuntimeStats stats = runtime_.stats();
    if (stats.is_waiting_for_disk) {
        return retry_response(503, "waiting_for_disk",
                              "the engine waits for its disk, and can keep nothing now");
    }
    // Events go in all the same.
    if (stats.clock_jump_micros) return json_response(R"({"status":"ready","clock":"held"})");
    return json_response(R"({"status":"ready"})");
}

Response HttpServer::metrics_text() const {
    Gauges gauges;
    gauges.engine = runtime_.stats();
    gauges.connections = connections_.size();
    gauges.requests_in_flight = requests_in_flight_;
    gauges.reads_queued = reads_->queued();
    gauges.store_bytes = store_.size_bytes();
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics_.text(gauges);
    return response;
}

void HttpServer::answered(Connection& connection, unsigned status) {
    metrics_.count_request(connection.target.route, status);
    if (std::exchange(connection.is_in_flight, false)) {
        --requests_in_flight_;
        if (connection.target.route == Route::events) {
            metrics_.observe_events_request(std::chrono::steady_clock::now() -
                                            connection.handled_at);
        }
    }
    if (log::is_written(log::Level::debug)) {
        log::write(
            log::Level::debug, "answered",
            {{"route", route_text(connection.target.route)}, {"status", std::to_string(status)}});
    }
}

bool HttpServer::hold_body_bytes(std::ptrdiff_t bytes) {
    body_bytes_ += static_cast<std::size_t>(bytes);
    return body_bytes_ <= options_.bodies_bytes_max;
}

void HttpServer::closed(Connection& connection) {
    if (std::exchange(connection.is_in_flight, false)) --requests_in_flight_;
    connections_.erase(connection.id());
    if (!is_stopping_ || !connections_.empty()) return;
    const std::lock_guard lock(stop_mutex_);
    has_no_connections_ = true;
    is_empty_.notify_one();
}

}  // namespace pawl::server::internal
