#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/work/message.hpp"

namespace apilab::work {

/// What a handler makes of one attempt at a job. A value.
///
///     co_return JobOutcome::done();
///     co_return JobOutcome::retry("HTTP 503", retry_after);  // what the other side asked for
///     co_return JobOutcome::dead("HTTP 422: no such channel");
class JobOutcome {
public:
    enum class Kind : std::uint8_t { done, retry, dead };
    /// Bytes of a reason that are kept; the rest is cut off, between characters.
    static constexpr std::size_t reason_max = 500;

    /// It is done, and these are to be sent: both in one transaction.
    [[nodiscard]] static JobOutcome done(std::vector<NewMessage> messages = {});
    /// Once more, while there are attempts. `after`: not before so long has passed, as the other
    /// side's `Retry-After` has it. The reason is read by people: no secrets in it.
    [[nodiscard]] static JobOutcome retry(std::string_view reason,
                                          std::optional<Duration> after = std::nullopt);
    /// It would fail again in the same way: a dead letter, at once.
    [[nodiscard]] static JobOutcome dead(std::string_view reason);
    /// What an error of a call means: `retry`, with its `retry_after()`, where the same call might
    /// succeed later (`Error::retryable`), else `dead`. A retry repeats the effect unless that
    /// goes under `Job::idempotency_key`.
    [[nodiscard]] static JobOutcome failed(const Error& error);

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] const std::vector<NewMessage>& messages() const { return messages_; }
    [[nodiscard]] const std::string& reason() const { return reason_; }
    [[nodiscard]] std::optional<Duration> after() const { return after_; }

private:
    explicit JobOutcome(Kind kind) : kind_(kind) {}
    Kind kind_;
    std::vector<NewMessage> messages_;
    std::string reason_;
    std::optional<Duration> after_;
};

/// At most `bytes` of it, cut between characters of UTF-8. It is kept, and others wrote much of it:
/// secrets that the process knows (`Scrubber::of_process()`) are `***`.
[[nodiscard]] std::string cut_reason(std::string_view reason,
                                     std::size_t bytes = JobOutcome::reason_max);

}  // namespace apilab::work
