#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "apilab/base/result.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::runtime {

/// Where the body of a request comes from when it is not held in memory (`CallContext::upload`).
/// Belongs to one call at a time, and to the scheduler's thread.
///
/// A transport calls `start` before it sends anything, then `read` until that returns an empty
/// piece. Its limits hold for every wait: a source that gives nothing within the idle timeout is
/// cancelled, and one that ignores cancellation delays the end of the call.
class BodySource {
public:
    BodySource() = default;
    BodySource(const BodySource&) = delete;
    BodySource& operator=(const BodySource&) = delete;
    virtual ~BodySource() = default;

    /// How many bytes there are, where that is known beforehand: sent as `content-length`, and held
    /// to. Otherwise the body is sent chunked.
    [[nodiscard]] virtual std::optional<std::uint64_t> length() const = 0;
    /// Can it be started again after something was read? Only then may an attempt be repeated.
    [[nodiscard]] virtual bool replayable() const = 0;
    /// Goes to the first byte. Called once per attempt. Error: `invalid_argument` where something
    /// was read already and it is not `replayable`; its own, such as `io`.
    [[nodiscard]] virtual Task<Result<void>> start() = 0;
    /// The next bytes, 1 to `max`; empty at the end.
    [[nodiscard]] virtual Task<Result<std::string>> read(std::size_t max) = 0;
};

/// Where the body of a 2xx answer goes as it arrives (`CallContext::download`). Belongs to one call
/// at a time, and to the scheduler's thread.
///
/// `begin`, then `write` for each piece, then `finish` when the answer is complete. An attempt that
/// fails in between is not told; the next one begins again. An error of the sink ends the call with
/// that error. The transport's limits hold for every wait, as for `BodySource`.
class BodySink {
public:
    BodySink() = default;
    BodySink(const BodySink&) = delete;
    BodySink& operator=(const BodySink&) = delete;
    virtual ~BodySink() = default;

    /// The answer begins: what an earlier attempt wrote is to be forgotten. `head` has status and
    /// headers and no body.
    [[nodiscard]] virtual Task<Result<void>> begin(http::Response head) = 0;
    /// The next bytes, content codings undone; never empty.
    [[nodiscard]] virtual Task<Result<void>> write(std::string bytes) = 0;
    [[nodiscard]] virtual Task<Result<void>> finish() = 0;
};

/// A body held in memory, for what takes a source. Of known length, replayable.
class StringSource final : public BodySource {
public:
    explicit StringSource(std::string bytes) : bytes_(std::move(bytes)) {}
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return bytes_.size(); }
    [[nodiscard]] bool replayable() const override { return true; }
    [[nodiscard]] Task<Result<void>> start() override;
    [[nodiscard]] Task<Result<std::string>> read(std::size_t max) override;

private:
    std::string bytes_;
    std::size_t at_ = 0;
};

/// Collects a body in memory, up to a limit of its own: the error is `too_large`, detail `sink`.
class StringSink final : public BodySink {
public:
    static constexpr std::size_t bytes_max_default = std::size_t{100} * 1024 * 1024;
    explicit StringSink(std::size_t bytes_max = bytes_max_default) : bytes_max_(bytes_max) {}
    [[nodiscard]] Task<Result<void>> begin(http::Response head) override;
    [[nodiscard]] Task<Result<void>> write(std::string bytes) override;
    [[nodiscard]] Task<Result<void>> finish() override;

    [[nodiscard]] const std::string& bytes() const { return bytes_; }
    /// The answer came to its end.
    [[nodiscard]] bool complete() const { return complete_; }

private:
    std::size_t bytes_max_;
    std::string bytes_;
    bool complete_ = false;
};

}  // namespace apilab::runtime
