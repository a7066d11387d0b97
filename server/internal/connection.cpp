#include "server/internal/connection.h"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

namespace pawl::server::internal {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// For who is still sending to read why nobody listens; closing at once would take the answer away
// from under him.
constexpr std::chrono::seconds linger_limit{2};
constexpr std::size_t linger_bytes_max = 64u << 20;

bool is_would_block(const error_code& error) {
    return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

Connection::Connection(Socket socket, ConnectionId id, ConnectionOwner& owner)
    : socket_(std::move(socket)), id_(id), owner_(owner) {
    parser_.emplace(request_, owner_.request_limits);
}

void Connection::start() {
    deadline_ = owner_.now + owner_.time_limit;
    arm_read();
}

// A wait instead of a read: so no buffer is bound while nothing comes.
void Connection::arm_read() {
    if (is_read_armed_ || state_ == State::closed) return;
    is_read_armed_ = true;
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& error) {
        self->is_read_armed_ = false;
        if (!error) self->on_readable();
    });
}

void Connection::arm_write() {
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
        if (!error) self->on_writable();
    });
}

// One read a call, so that a connection that always has more to say does not keep the others from
// being heard.
void Connection::on_readable() {
    if (state_ == State::reading || state_ == State::lingering) {
        error_code error;
        const std::size_t bytes = socket_.read_some(asio::buffer(owner_.read_buffer), error);
        if (!is_would_block(error)) {
            if (error) return close();
            if (state_ == State::lingering) {
                lingered_bytes_ += bytes;
                if (lingered_bytes_ > linger_bytes_max) return close();
            } else {
                take_in({owner_.read_buffer.data(), bytes});
            }
        }
    }
    if (state_ == State::reading || state_ == State::lingering) arm_read();
}

void Connection::take_in(std::string_view bytes) {
    if (pending_.empty()) {
        const std::size_t taken = parse(bytes);
        if (state_ != State::closed && state_ != State::lingering)
            pending_.assign(bytes.substr(taken));
    } else {
        pending_.append(bytes);
        const std::size_t taken = parse(pending_);
        pending_.erase(0, taken);
    }
    if (pending_.empty() && pending_.capacity() > 4'096) pending_.shrink_to_fit();
}

// Answers how much is done with. Requests that are answered at once are followed by the next here.
std::size_t Connection::parse(std::string_view bytes) {
    is_parsing_ = true;
    std::size_t at = 0;
    while (state_ == State::reading && at < bytes.size()) {
        if (!is_in_request_) {
            // RFC 9112 2.2: empty lines before a request are passed over.
            if (bytes[at] == '\r' || bytes[at] == '\n') {
                ++at;
                continue;
            }
            is_in_request_ = true;
            deadline_ = owner_.now + owner_.time_limit;
        }
        std::size_t taken = 0;
        const ParseStep step = parser_->feed(bytes.substr(at), taken);
        at += taken;
        if (step == ParseStep::failed) {
            refuse(parser_->refusal());
        } else if (check_head(step) && count_body()) {
            if (step != ParseStep::done) break;
            keeps_open_ = keeps_open_ && parser_->keeps_alive();
            state_ = State::handling;
            deadline_ = TimePoint::max();
            owner_.handle(*this);
        }
    }
    is_parsing_ = false;
    return std::min(at, bytes.size());
}

// Before the body is waited for. Answers whether the request goes on.
bool Connection::check_head(ParseStep step) {
    if (step == ParseStep::head || is_head_checked_) return true;
    is_head_checked_ = true;
    if (const std::optional<Response> refused = owner_.check(*this)) {
        if (step == ParseStep::done) {
            keeps_open_ = keeps_open_ && parser_->keeps_alive();
            state_ = State::handling;
            answer(*refused);
        } else {
            refuse(*refused);
        }
        return false;
    }
    // RFC 9110 10.1.1: not when the body is on its way already.
    if (step == ParseStep::body && request_.wants_continue && request_.is_http_11 &&
        request_.body.empty() && !send("HTTP/1.1 100 Continue\r\n\r\n")) {
        close();  // a client that cannot take 25 bytes
        return false;
    }
    return true;
}

bool Connection::count_body() {
    if (request_.body.size() == body_bytes_) return true;
    const auto more = static_cast<std::ptrdiff_t>(request_.body.size() - body_bytes_);
    body_bytes_ = request_.body.size();
    if (owner_.hold_body_bytes(more)) return true;
    refuse(retry_response(503, "busy", "too many large requests at once; try again in a second"));
    return false;
}

// Of a request that is not whole, so that nothing behind it can be understood.
void Connection::refuse(const Response& response) {
    keeps_open_ = false;
    state_ = State::handling;
    answer(response);
}

void Connection::answer(const Response& response) {
    if (state_ != State::handling) return;  // closed meanwhile
    state_ = State::writing;
    owner_.answered(*this, response.status);
    const bool has_body = request_.method != Method::head;
    BodyFraming framing = BodyFraming::length;
    if (response.pipe != nullptr) {
        is_piped_in_chunks_ = request_.is_http_11;
        framing = is_piped_in_chunks_ ? BodyFraming::chunked : BodyFraming::until_close;
        if (!is_piped_in_chunks_) keeps_open_ = false;
        if (has_body) {
            pipe_ = response.pipe;
        } else {
            response.pipe->cancel();
        }
    }
    // HTTP/1.0 closes unless told otherwise; that is said by `keep-alive` alone.
    std::string& out = owner_.write_buffer;
    out.clear();
    append_head(out, response, framing, response.body.size(),
                keeps_open_ ? (request_.is_http_11 ? AfterResponse::keep_open
                                                   : AfterResponse::say_keep_open)
                            : AfterResponse::close);
    if (has_body && pipe_ == nullptr) out += response.body;
    if (send(out)) on_sent();
}

// Answers whether all of it left; the rest follows when the client takes it.
bool Connection::send(std::string_view bytes) {
    error_code error;
    const std::size_t sent = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    if (error && !is_would_block(error)) {
        close();
        return false;
    }
    const std::size_t done = error ? 0 : sent;
    if (done == bytes.size()) return true;
    unsent_.assign(bytes.substr(done));
    sent_ = 0;
    deadline_ = owner_.now + owner_.time_limit;
    arm_write();
    return false;
}

void Connection::on_writable() {
    if (state_ != State::writing) return;
    error_code error;
    const std::size_t bytes =
        socket_.write_some(asio::buffer(unsent_.data() + sent_, unsent_.size() - sent_), error);
    if (error && !is_would_block(error)) return close();
    if (!error) {
        sent_ += bytes;
        deadline_ = owner_.now + owner_.time_limit;
    }
    if (sent_ < unsent_.size()) return arm_write();
    unsent_.clear();
    unsent_.shrink_to_fit();
    on_sent();
}

void Connection::on_sent() {
    deadline_ = TimePoint::max();
    if (pipe_ != nullptr) return pump_pipe();
    end_request();
}

void Connection::pump_pipe() {
    std::string bytes;
    while (pipe_ != nullptr && unsent_.empty() && state_ == State::writing) {
        const BodyPipe::State state = pipe_->take(bytes);
        std::string& out = owner_.write_buffer;
        out.clear();
        if (!bytes.empty()) {
            if (is_piped_in_chunks_) {
                append_chunk(out, bytes);
            } else {
                out = bytes;
            }
            if (!send(out)) return;
            continue;
        }
        if (state == BodyPipe::State::open) return;
        if (state == BodyPipe::State::broken) return close();
        pipe_ = nullptr;
        if (is_piped_in_chunks_ && !send("0\r\n\r\n")) return;
        end_request();
    }
}

void Connection::end_request() {
    owner_.hold_body_bytes(-static_cast<std::ptrdiff_t>(std::exchange(body_bytes_, 0)));
    if (!keeps_open_) return linger();
    request_.clear();
    parser_.emplace(request_, owner_.request_limits);
    is_in_request_ = is_head_checked_ = false;
    state_ = State::reading;
    deadline_ = owner_.now + owner_.time_limit;
    if (!is_parsing_) resume();
}

// What came behind the last request waited for its answer.
void Connection::resume() {
    if (!pending_.empty()) {
        const std::size_t taken = parse(pending_);
        pending_.erase(0, taken);
    }
    if (state_ == State::reading || state_ == State::lingering) arm_read();
}

void Connection::linger() {
    if (is_stopping_) return close();
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    state_ = State::lingering;
    pending_.clear();
    deadline_ = owner_.now + linger_limit;
    if (!is_parsing_) arm_read();
}

void Connection::sweep() {
    if (deadline_ > owner_.now) return;
    if (state_ == State::reading && is_in_request_) {
        refuse(error_response(408, "timeout",
                              "the request did not come in whole within " +
                                  std::to_string(owner_.time_limit.count()) + " s"));
        return;
    }
    close();
}

void Connection::finish_and_close() {
    keeps_open_ = false;
    is_stopping_ = true;
    if (state_ == State::lingering || (state_ == State::reading && !is_in_request_)) close();
}

void Connection::close() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    owner_.hold_body_bytes(-static_cast<std::ptrdiff_t>(std::exchange(body_bytes_, 0)));
    if (pipe_ != nullptr) pipe_->cancel();
    error_code ignored;
    socket_.close(ignored);
    owner_.closed(*this);
}

}  // namespace pawl::server::internal
