#include "apilab/transport/internal/curl_transfer.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/transport/internal/attempt.hpp"

namespace apilab::transport::internal {

using runtime::Task;

namespace {

// What of a body waits for a sink before the peer has to wait too.
constexpr std::size_t waiting_body_max = std::size_t{256} * 1024;
constexpr int not_done = -1;
constexpr int done_well = 0;  // CURLE_OK

std::unexpected<Error> no_transfer() {
    return fail(ErrorKind::internal, "libcurl does not take another transfer");
}

// Something to read: bytes, or the end.
bool readable(int fd) {
    pollfd state{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&state, 1, 0) > 0;
}

}  // namespace

CurlTransfer::CurlTransfer(Parts parts, const ResponseLimits& limits, bool decode)
    : parts_(std::move(parts)),
      answer_(limits, {.head = parts_.request.method() == "HEAD", .decode = decode}),
      code_(not_done) {}

CurlTransfer::~CurlTransfer() {
    if (started_) {
        parts_.multi->remove(easy_->handle());
    }
}

Task<Result<http::Response>> CurlTransfer::run() {
    auto result = co_await drive();
    write_record();
    co_return result;
}

Task<Result<http::Response>> CurlTransfer::drive() {
    const bool streamed = parts_.upload != nullptr;
    CurlEasy::Body body{.any = streamed || !parts_.request.body().empty()};
    if (!parts_.request.headers().contains("transfer-encoding")) {
        const auto text = std::string(parts_.request.headers().value("content-length"));
        body.length = text.empty() ? 0 : std::stoull(text);
        // An announced nothing is no reason to upload it with HEAD: libcurl would wait for a body.
        body.any = body.any || (!text.empty() && parts_.request.method() != "HEAD");
    }
    APILAB_CO_TRY(easy_, CurlEasy::create(*this, *parts_.multi, parts_.options, parts_.request,
                                          body, parts_.route, parts_.addresses));
    if (streamed) {
        APILAB_CO_CHECK(co_await parts_.upload->start(parts_.limits.idle(parts_.scheduler.now())));
    }
    started_ = parts_.multi->add(easy_->handle());
    if (!started_) {
        co_return no_transfer();
    }
    while (!done_ || has_body_ || stale_) {
        if (stale_) {
            APILAB_CO_CHECK(start_afresh());
        }
        if (nothing_to_do()) {
            runtime::Event event;
            waiting_ = &event;
            const auto woken = co_await parts_.scheduler.wait(&event, limit().time);
            waiting_ = nullptr;
            // A cancellation that comes together with news is not told by the wait.
            if (woken == runtime::Scheduler::Woken::cancelled || co_await runtime::cancelled()) {
                co_return fail(cancelled_attempt(outcome()));
            }
            const Limit now = limit();
            if (!done_ && now.passed(parts_.scheduler.now())) {
                co_return fail(now.error(outcome()));
            }
        }
        if (wants_piece_ && !done_) {
            APILAB_CO_CHECK(co_await feed());
        }
        if (has_body_) {
            APILAB_CO_CHECK(co_await drain());
        }
    }
    APILAB_CO_CHECK(conclude());
    if (parts_.download.takes(answer_.head()->status())) {
        APILAB_CO_CHECK(co_await drain());
        APILAB_CO_CHECK(
            co_await parts_.download.finish(parts_.limits.idle(parts_.scheduler.now())));
    }
    co_return answer_.take();
}

// Nothing was sent on the connection that libcurl took for alive.
Result<void> CurlTransfer::start_afresh() {
    parts_.multi->remove(easy_->handle());
    easy_->use_fresh_connection();
    stale_ = false;
    done_ = false;
    started_ = parts_.multi->add(easy_->handle());
    return started_ ? Result<void>() : no_transfer();
}

// A piece of the request's body, and at its announced end a look whether there is more: libcurl
// would not ask.
Task<Result<void>> CurlTransfer::feed() {
    if (std::exchange(restart_, false)) {
        APILAB_CO_CHECK(co_await parts_.upload->start(parts_.limits.idle(parts_.scheduler.now())));
        pieces_ = 0;
        pieces_over_ = false;
    }
    APILAB_CO_TRY(piece_, co_await parts_.upload->next(parts_.limits.idle(parts_.scheduler.now()),
                                                       outcome()));
    pieces_ += piece_.size();
    pieces_over_ = piece_.empty();
    const auto length = parts_.request.headers().value("content-length");
    if (!pieces_over_ && length == std::to_string(pieces_)) {
        APILAB_CO_CHECK(
            co_await parts_.upload->next(parts_.limits.idle(parts_.scheduler.now()), outcome()));
    }
    // It may have been rewound meanwhile.
    wants_piece_ = restart_;
    last_sent_ = parts_.scheduler.now();
    go_on();
    co_return Result<void>();
}

Task<Result<void>> CurlTransfer::drain() {
    has_body_ = false;
    if (!parts_.download.begun()) {
        APILAB_CO_CHECK(co_await parts_.download.begin(*answer_.head(),
                                                       parts_.limits.idle(parts_.scheduler.now())));
    }
    APILAB_CO_CHECK(co_await parts_.download.write(answer_.take_body(),
                                                   parts_.limits.idle(parts_.scheduler.now())));
    last_received_ = parts_.scheduler.now();
    if (std::exchange(paused_, false)) {
        go_on();
    }
    co_return Result<void>();
}

// Good where there is a whole answer.
Result<void> CurlTransfer::conclude() {
    if (error_) {
        return fail(*std::move(error_));
    }
    if (stopped_) {
        // libcurl answers 417 by sending again without `expect`, and drops the body of the 417.
        if (answer_.head() != nullptr) {
            return {};
        }
        if (refused_stream_) {
            return fail(Error(ErrorKind::connection_lost,
                              "the peer refused the stream before it looked at the request")
                            .with_outcome(Outcome::not_sent)
                            .with_detail("refused_stream"));
        }
        return fail(connection_lost(reset_seen_ ? "reset" : "closed", outcome()));
    }
    if (code_ == done_well) {
        return answer_.end();
    }
    CurlFailure failure = easy_->failure(code_);
    failure.connected = connected_;
    failure.answer_begun = answer_.begun();
    failure.in_head = connected_ && answer_.head() == nullptr;
    failure.reset = reset_seen_;
    failure.outcome = outcome();
    return fail(explain(failure));
}

// Without a byte written and without TLS, whose records libcurl does not count, nothing was sent.
Outcome CurlTransfer::outcome() const {
    const bool secure = parts_.request.url().secure();
    return connected_ && (secure || sent_ > 0) ? Outcome::unknown : Outcome::not_sent;
}

bool CurlTransfer::sent_whole() const {
    if (parts_.upload != nullptr && !pieces_over_) {
        const auto length = parts_.request.headers().value("content-length");
        return head_sent_ && length == std::to_string(body_sent_);
    }
    return head_sent_ && body_sent_ >= parts_.request.body().size();
}

Limit CurlTransfer::limit() const {
    if (queued() || !started_) {
        return parts_.limits.pool();
    }
    if (!connected_) {
        return parts_.limits.connect(connecting_since_ - parts_.resolving);
    }
    if (first_received_) {
        return parts_.limits.idle(last_received_);
    }
    return sent_whole() ? parts_.limits.first_byte(last_sent_) : parts_.limits.idle(last_sent_);
}

// Whatever libcurl would do: see `Transport` about the one thing sent twice.
bool CurlTransfer::may_try_again() const {
    const bool rewinds = parts_.upload == nullptr || parts_.upload->replayable();
    return parts_.replay_stale && !tried_again_ && !refused_stream_ &&
           may_replay({.reused = parts_.record.reused_connection,
                       .answer_begun = answer_.begun(),
                       .bytes_sent = outcome() == Outcome::unknown ? std::uint64_t{1} : 0,
                       .body_replayable = rewinds},
                      parts_.effect, connection_lost("closed", outcome()));
}

int CurlTransfer::on_open_socket(int family, int type, int protocol) {
    if (connected_ && !may_try_again()) {
        stopped_ = true;
        return -1;
    }
    if (!opened_) {
        opened_ = true;
        connecting_since_ = parts_.scheduler.now();
        wake();
    }
    return parts_.multi->open_socket(family, type, protocol);
}

bool CurlTransfer::on_connected(SocketPorts ports) {
    const int fd = parts_.multi->find(ports);
    // To libcurl a TLS connection with bytes to read is alive, and a goodbye is bytes. Where one
    // answer follows the other, bytes that nobody asked for are no good news.
    if (!connected_ && !opened_ && parts_.multi->is_http1(fd) && readable(fd)) {
        stale_ = true;
        return false;
    }
    fd_ = fd;
    if (connected_) {
        if (!may_try_again()) {
            stopped_ = true;
            return false;
        }
        tried_again_ = true;
        parts_.record.replayed = true;
        head_sent_ = false;
        body_sent_ = 0;
        on_rewind();
    } else {
        parts_.record.reused_connection = !opened_;
    }
    connected_ = true;
    last_sent_ = parts_.scheduler.now();
    wake();
    return true;
}

void CurlTransfer::on_sent(std::string_view bytes, bool head) {
    if (!connected_) {
        return;  // to a proxy, for the tunnel
    }
    last_sent_ = parts_.scheduler.now();
    first_sent_ = first_sent_.value_or(last_sent_);
    sent_ += bytes.size();
    if (!head) {
        body_sent_ += bytes.size();
        wake_if_sent();
        return;
    }
    constexpr std::string_view end = "\r\n\r\n";
    head_end_ += bytes;
    head_end_.erase(0, head_end_.size() - std::min(head_end_.size(), end.size()));
    head_sent_ = head_end_ == end;
    wake_if_sent();
}

// From now on another limit counts, which may be the shorter one.
void CurlTransfer::wake_if_sent() {
    if (sent_whole()) {
        wake();
    }
}

void CurlTransfer::on_received(std::size_t bytes) {
    if (!connected_) {
        return;
    }
    last_received_ = parts_.scheduler.now();
    if (!first_received_) {
        first_received_ = last_received_;
        wake();  // another limit counts
    }
    parts_.record.bytes_received += bytes;
}

void CurlTransfer::on_text(std::string_view text) {
    // libcurl puts the system's own words for errno into its messages.
    static const std::string reset = std::generic_category().message(ECONNRESET);
    static const std::string broken = std::generic_category().message(EPIPE);
    reset_seen_ = reset_seen_ || text.contains(reset) || text.contains(broken);
    refused_stream_ = refused_stream_ || text.contains("REFUSED_STREAM");
}

bool CurlTransfer::on_line(std::string_view line) {
    if (!answer_.begun() && line.starts_with("HTTP/1.")) {
        parts_.multi->set_http1(fd_);
    }
    if (auto taken = answer_.line(line); !taken) {
        error_ = std::move(taken).error();
    } else if (answer_.head() != nullptr) {
        // Not before: a connection that ends within the head is a good one to libcurl.
        easy_->keep_connection();
    }
    return !error_;
}

CurlTransfer::Take CurlTransfer::on_body(std::string_view bytes) {
    const http::Response* head = answer_.head();
    const bool to_sink = head != nullptr && parts_.download.takes(head->status());
    if (to_sink && answer_.buffered() > waiting_body_max) {
        paused_ = true;
        return Take::pause;
    }
    if (auto taken = answer_.body(bytes); !taken) {
        error_ = std::move(taken).error();
        return Take::failed;
    }
    if (to_sink) {
        has_body_ = true;
        wake();
    }
    return Take::taken;
}

std::optional<std::size_t> CurlTransfer::on_read(char* into, std::size_t max) {
    const bool streamed = parts_.upload != nullptr;
    const std::string& from = streamed ? piece_ : parts_.request.body();
    const std::size_t size = restart_ ? 0 : std::min(max, from.size() - body_at_);
    if (size > 0) {
        from.copy(into, size, body_at_);
        body_at_ += size;
        return size;
    }
    if (!streamed || pieces_over_) {
        return 0;
    }
    piece_.clear();
    body_at_ = 0;
    wants_piece_ = true;
    wake();
    return std::nullopt;
}

void CurlTransfer::on_rewind() {
    body_at_ = 0;
    piece_.clear();
    if (parts_.upload != nullptr && (pieces_ > 0 || pieces_over_)) {
        restart_ = true;
        pieces_over_ = false;
    }
}

void CurlTransfer::on_done(int code) {
    done_ = true;
    code_ = code;
    wake();
}

void CurlTransfer::go_on() {
    if (!done_) {
        easy_->go_on();
    }
}

void CurlTransfer::wake() {
    if (waiting_ != nullptr) {
        std::exchange(waiting_, nullptr)->set();
    }
}

void CurlTransfer::write_record() {
    http::Phases& phases = parts_.record.phases;
    parts_.record.bytes_sent = sent_;
    if (easy_ && opened_) {
        const auto times = easy_->times();
        phases.connect = times.connect;
        phases.tls = times.tls;
    }
    if (first_sent_) {
        phases.send = last_sent_ - *first_sent_;
    }
    if (first_received_) {
        phases.first_byte = std::max(*first_received_ - last_sent_, Duration::zero());
        phases.receive = last_received_ - *first_received_;
    }
}

}  // namespace apilab::transport::internal
