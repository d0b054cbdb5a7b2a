#include "apilab/work/job_outcome.hpp"

#include <utility>

#include "apilab/base/scrubber.hpp"

namespace apilab::work {

std::string cut_reason(std::string_view said, std::size_t bytes) {
    // Before it is cut: half of a secret is found by nobody.
    const std::string clean = Scrubber::of_process().scrubbed(said);
    std::string_view reason = clean;
    constexpr auto continues = [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    };
    if (reason.size() > bytes) {
        auto end = bytes;
        while (end > 0 && continues(reason[end])) {
            --end;
        }
        reason = reason.substr(0, end);
    }
    return std::string(reason);
}

JobOutcome JobOutcome::done(std::vector<NewMessage> messages) {
    JobOutcome outcome(Kind::done);
    outcome.messages_ = std::move(messages);
    return outcome;
}

JobOutcome JobOutcome::retry(std::string_view reason, std::optional<Duration> after) {
    JobOutcome outcome(Kind::retry);
    outcome.reason_ = cut_reason(reason);
    outcome.after_ = after;
    return outcome;
}

JobOutcome JobOutcome::dead(std::string_view reason) {
    JobOutcome outcome(Kind::dead);
    outcome.reason_ = cut_reason(reason);
    return outcome;
}

JobOutcome JobOutcome::failed(const Error& error) {
    return error.retryable() ? retry(error.to_string(), error.retry_after())
                             : dead(error.to_string());
}

}  // namespace apilab::work
