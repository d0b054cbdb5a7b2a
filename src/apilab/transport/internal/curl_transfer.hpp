#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/http/record.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"
#include "apilab/transport/internal/curl_answer.hpp"
#include "apilab/transport/internal/curl_easy.hpp"
#include "apilab/transport/internal/curl_multi.hpp"
#include "apilab/transport/internal/download.hpp"
#include "apilab/transport/internal/route.hpp"
#include "apilab/transport/internal/upload.hpp"

namespace apilab::transport::internal {

/// One request and its answer through libcurl. Everything it is given outlives it, and it outlives
/// its task; libcurl forgets it when it goes.
class CurlTransfer {
public:
    struct Parts {
        runtime::RealScheduler& scheduler;
        std::shared_ptr<CurlMulti> multi;
        const CurlEasyOptions& options;
        const http::Request& request;
        const Route& route;
        /// For CURLOPT_RESOLVE; empty: nothing to tell.
        std::string addresses;
        const AttemptLimits& limits;
        /// Of the connect timeout, what resolving has used up.
        Duration resolving{};
        http::Effect effect;
        bool replay_stale;
        http::AttemptRecord& record;
        /// Null: the request's own body.
        Upload* upload;
        Download& download;
    };
    CurlTransfer(Parts parts, const ResponseLimits& limits, bool decode);
    CurlTransfer(const CurlTransfer&) = delete;
    CurlTransfer& operator=(const CurlTransfer&) = delete;
    ~CurlTransfer();

    /// Errors: see `CurlTransport`.
    [[nodiscard]] runtime::Task<Result<http::Response>> run();

    /// It waits for a connection.
    [[nodiscard]] bool queued() const { return started_ && !opened_ && !connected_; }

    // Called by libcurl, through curl_easy.cpp. None of them waits, or calls libcurl.

    /// -1: no socket, and the transfer fails.
    [[nodiscard]] int on_open_socket(int family, int type, int protocol);
    /// A connection stands, sending is about to begin. False: it must not.
    [[nodiscard]] bool on_connected(SocketPorts ports);
    void on_sent(std::string_view bytes, bool head);
    void on_received(std::size_t bytes);
    void on_text(std::string_view text);
    [[nodiscard]] bool on_line(std::string_view line);
    enum class Take : std::uint8_t { taken, pause, failed };
    [[nodiscard]] Take on_body(std::string_view bytes);
    /// Up to `max` bytes of the request's body into `into`; 0 at the end; nothing: not yet.
    [[nodiscard]] std::optional<std::size_t> on_read(char* into, std::size_t max);
    /// From the first byte again.
    void on_rewind();
    void on_done(int code);

private:
    [[nodiscard]] runtime::Task<Result<http::Response>> drive();
    [[nodiscard]] runtime::Task<Result<void>> feed();
    [[nodiscard]] runtime::Task<Result<void>> drain();
    [[nodiscard]] Result<void> start_afresh();
    [[nodiscard]] Result<void> conclude();
    [[nodiscard]] Limit limit() const;
    [[nodiscard]] Outcome outcome() const;
    [[nodiscard]] bool may_try_again() const;
    [[nodiscard]] bool nothing_to_do() const { return !done_ && !wants_piece_ && !has_body_; }
    [[nodiscard]] bool sent_whole() const;
    void go_on();
    void wake();
    void wake_if_sent();
    void write_record();

    Parts parts_;
    CurlAnswer answer_;
    std::unique_ptr<CurlEasy> easy_;
    runtime::Event* waiting_ = nullptr;

    // The connection.
    SteadyTime connecting_since_;
    int fd_ = -1;
    bool started_ = false;
    bool opened_ = false;
    bool connected_ = false;
    /// The kept connection turned out to be dead before anything was sent.
    bool stale_ = false;
    bool tried_again_ = false;
    /// libcurl wanted to send it again, which would not have been safe.
    bool stopped_ = false;
    bool reset_seen_ = false;
    bool refused_stream_ = false;

    // The request.
    std::uint64_t sent_ = 0;
    std::uint64_t body_sent_ = 0;
    std::string head_end_;
    std::optional<SteadyTime> first_sent_;
    SteadyTime last_sent_;
    std::size_t body_at_ = 0;
    std::string piece_;
    std::uint64_t pieces_ = 0;
    bool head_sent_ = false;
    bool pieces_over_ = false;
    bool wants_piece_ = false;
    bool restart_ = false;

    // The answer.
    std::optional<SteadyTime> first_received_;
    SteadyTime last_received_;
    std::optional<Error> error_;
    bool has_body_ = false;
    bool paused_ = false;
    bool done_ = false;
    int code_ = 0;
};

}  // namespace apilab::transport::internal
