#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/http/record.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"
#include "apilab/transport/internal/connection.hpp"
#include "apilab/transport/internal/response_reader.hpp"

namespace apilab::transport::internal {

/// One request and its answer on one connected `Connection`. Everything it is given outlives it,
/// and it outlives its task.
class Exchange {
public:
    struct Parts {
        runtime::RealScheduler& scheduler;
        Connection& connection;
        const http::Request& request;
        /// Undo content codings of the answer.
        bool decode;
        const AttemptLimits& limits;
        /// Used between two suspensions only, so that all exchanges can share it.
        std::span<char> receive_buffer;
        http::AttemptRecord& record;
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
    [[nodiscard]] runtime::Task<Result<void>> receive();
    /// True when the answer is complete.
    [[nodiscard]] Result<bool> take(const IoResult& result);
    [[nodiscard]] Result<void> check(Connection::Wait wait, const Limit& limit) const;
    [[nodiscard]] Outcome outcome() const;

    Parts parts_;
    ResponseReader reader_;
    std::uint64_t bytes_to_kernel_ = 0;
    bool send_broken_ = false;
    SteadyTime sent_;
    SteadyTime first_byte_;
};

}  // namespace apilab::transport::internal
