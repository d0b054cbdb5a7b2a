#include "apilab/base/error.hpp"

#include <ranges>
#include <utility>

namespace apilab {

std::string_view to_string(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid_argument:
            return "invalid_argument";
        case ErrorKind::resolve:
            return "resolve";
        case ErrorKind::connect:
            return "connect";
        case ErrorKind::tls:
            return "tls";
        case ErrorKind::connection_lost:
            return "connection_lost";
        case ErrorKind::timeout:
            return "timeout";
        case ErrorKind::deadline:
            return "deadline";
        case ErrorKind::cancelled:
            return "cancelled";
        case ErrorKind::protocol:
            return "protocol";
        case ErrorKind::too_large:
            return "too_large";
        case ErrorKind::status:
            return "status";
        case ErrorKind::rate_limited:
            return "rate_limited";
        case ErrorKind::auth:
            return "auth";
        case ErrorKind::breaker_open:
            return "breaker_open";
        case ErrorKind::overloaded:
            return "overloaded";
        case ErrorKind::decode:
            return "decode";
        case ErrorKind::io:
            return "io";
        case ErrorKind::internal:
            return "internal";
    }
    return "internal";
}

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::not_sent:
            return "not_sent";
        case Outcome::unknown:
            return "unknown";
        case Outcome::answered:
            return "answered";
    }
    return "unknown";
}

std::string_view to_string(Ending ending) {
    switch (ending) {
        case Ending::none:
            return "none";
        case Ending::non_idempotent:
            return "non_idempotent";
        case Ending::permanent:
            return "permanent";
        case Ending::attempts:
            return "attempts";
        case Ending::deadline:
            return "deadline";
        case Ending::budget:
            return "budget";
        case Ending::patience:
            return "patience";
        case Ending::cancelled:
            return "cancelled";
        case Ending::body_not_replayable:
            return "body_not_replayable";
        case Ending::breaker:
            return "breaker";
        case Ending::overload:
            return "overload";
        case Ending::redirect:
            return "redirect";
    }
    return "none";
}

bool Error::retryable() const {
    switch (kind_) {
        case ErrorKind::resolve:
        case ErrorKind::connect:
        case ErrorKind::connection_lost:
        case ErrorKind::timeout:
        case ErrorKind::rate_limited:
        case ErrorKind::breaker_open:
        case ErrorKind::overloaded:
        case ErrorKind::protocol:
            return true;
        case ErrorKind::status:
            return status_ == 408 || status_ == 425 || status_ == 429 || status_ == 500 ||
                   status_ == 502 || status_ == 503 || status_ == 504;
        default:
            return false;
    }
}

std::string Error::to_string() const {
    std::string line;
    for (const auto& step : context_ | std::views::reverse) {
        line += step;
        line += ": ";
    }
    line += message_;
    if (!remedy_.empty()) {
        line += " (" + remedy_ + ")";
    }
    return line;
}

Error Error::with_outcome(Outcome outcome) && {
    outcome_ = outcome;
    return std::move(*this);
}
Error Error::with_ending(Ending ending) && {
    ending_ = ending;
    return std::move(*this);
}
Error Error::with_status(int status) && {
    status_ = status;
    return std::move(*this);
}
Error Error::with_provider_code(std::string code) && {
    provider_code_ = std::move(code);
    return std::move(*this);
}
Error Error::with_request_id(std::string id) && {
    request_id_ = std::move(id);
    return std::move(*this);
}
Error Error::with_detail(std::string detail) && {
    detail_ = std::move(detail);
    return std::move(*this);
}
Error Error::with_remedy(std::string remedy) && {
    remedy_ = std::move(remedy);
    return std::move(*this);
}
Error Error::with_retry_after(std::chrono::nanoseconds wait) && {
    retry_after_ = wait;
    return std::move(*this);
}
Error Error::with_attempts(int attempts) && {
    attempts_ = attempts;
    return std::move(*this);
}
Error Error::with_first_cause(std::string message) && {
    first_cause_ = std::move(message);
    return std::move(*this);
}
Error Error::in(std::string context) && {
    context_.push_back(std::move(context));
    return std::move(*this);
}

}  // namespace apilab
