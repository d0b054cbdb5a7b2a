#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/http/record.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"
#include "apilab/transport/internal/connection.hpp"
#include "apilab/transport/internal/download.hpp"
#include "apilab/transport/internal/request_head.hpp"
#include "apilab/transport/internal/response_reader.hpp"
#include "apilab/transport/internal/upload.hpp"

namespace apilab::transport::internal {

/// One request and its answer on one connected `Connection`. Everything it is given outlives it,
/// and it outlives its task.
class Exchange {
public:
    struct Parts {
        runtime::RealScheduler& scheduler;
        Connection& connection;
        const http::Request& request;
        TargetForm form;
        /// Undo content codings of the answer.
        bool decode;
        const AttemptLimits& limits;
        /// Used between two suspensions only, so that all exchanges can share it.
        std::span<char> receive_buffer;
        http::AttemptRecord& record;
        /// Null: the request's own body.
        Upload* upload;
        Download& download;
        /// How long `expect: 100-continue` holds the body back.
        Duration continue_wait;
    };
    Exchange(Parts parts, const ResponseLimits& limits);

    /// Errors: see `Transport`; the outcome is `not_sent` until the kernel has taken a byte.
    [[nodiscard]] runtime::Task<Result<http::Response>> run();

    [[nodiscard]] bool answer_begun() const { return reader_.begun(); }
    /// What the kernel has taken, TLS's own bytes included.
    [[nodiscard]] std::uint64_t bytes_to_kernel() const { return bytes_to_kernel_; }
    /// After an answer: may the connection be used again?
    [[nodiscard]] bool keep_alive() const;

private:
    [[nodiscard]] runtime::Task<Result<void>> send();
    [[nodiscard]] runtime::Task<Result<void>> send_body(std::string_view own);
    /// Sets `send_broken_` where the peer takes no more: it may have answered before that.
    [[nodiscard]] runtime::Task<Result<void>> write_all(std::string_view first,
                                                        std::string_view second);
    [[nodiscard]] runtime::Task<Result<void>> listen();
    [[nodiscard]] runtime::Task<Result<void>> await_continue();
    [[nodiscard]] runtime::Task<Result<void>> receive();
    /// Reads what came, and hands the body to the sink where it belongs there.
    [[nodiscard]] runtime::Task<Result<void>> digest(IoResult result);
    [[nodiscard]] Result<void> take(const IoResult& result);
    [[nodiscard]] Result<void> check(Connection::Wait wait, const Limit& limit) const;
    [[nodiscard]] Outcome outcome() const;
    /// The limit for waiting for a source or a sink. The socket's own must not pass meanwhile: it
    /// would close what nobody is waiting for.
    [[nodiscard]] Limit beside_the_socket();

    Parts parts_;
    ResponseReader reader_;
    std::uint64_t bytes_to_kernel_ = 0;
    std::uint64_t kernel_before_ = 0;
    bool send_broken_ = false;
    /// An answer came before the body was sent to its end.
    bool body_withheld_ = false;
    bool awaits_continue_ = false;
    SteadyTime sent_;
    std::optional<SteadyTime> first_byte_;
};

}  // namespace apilab::transport::internal
