#include "apilab/base/as_kind.hpp"

namespace apilab {

Error as_kind(const Error& error, ErrorKind kind) {
    Error same = Error(kind, error.message())
                     .with_outcome(error.outcome())
                     .with_ending(error.ending())
                     .with_status(error.status())
                     .with_attempts(error.attempts())
                     .with_provider_code(error.provider_code())
                     .with_request_id(error.request_id())
                     .with_detail(error.detail())
                     .with_remedy(error.remedy())
                     .with_first_cause(error.first_cause());
    if (error.retry_after()) {
        same = std::move(same).with_retry_after(*error.retry_after());
    }
    for (const auto& what : error.context()) {
        same = std::move(same).in(what);
    }
    return same;
}

}  // namespace apilab
