#include "apilab/transport/internal/attempt.hpp"

#include <utility>

namespace apilab::transport::internal {

Error connection_lost(std::string_view detail, Outcome outcome) {
    return Error(ErrorKind::connection_lost, detail == "reset" ? "the peer reset the connection"
                                                               : "the peer closed the connection")
        .with_outcome(outcome)
        .with_detail(std::string(detail));
}

Error truncated_answer(std::string_view where) {
    return Error(ErrorKind::protocol,
                 "the connection ended in the middle of the answer's " + std::string(where))
        .with_outcome(Outcome::unknown)
        .with_detail("truncated");
}

Error cancelled_attempt(Outcome outcome) {
    return Error(ErrorKind::cancelled, "the caller cancelled the attempt").with_outcome(outcome);
}

bool may_replay(const StaleConnection& state, http::Effect effect, const Error& error) {
    if (!state.reused || state.answer_begun || !state.body_replayable ||
        error.kind() != ErrorKind::connection_lost) {
        return false;
    }
    return effect == http::Effect::read || state.bytes_sent == 0;
}

http::Effect effect_of(const http::Request& request, const runtime::CallContext& context) {
    return context.operation.effect.value_or(http::default_effect(request.method()));
}

void publish(http::AttemptRecord record, const Result<http::Response>& result, SteadyTime now,
             const runtime::CallContext& context) {
    if (context.attempt == nullptr) {
        return;
    }
    record.number = context.attempt->number;
    record.elapsed = now - record.started;
    if (result) {
        record.status = result->status();
        record.outcome = Outcome::answered;
    } else {
        record.error = result.error().kind();
        record.error_message = result.error().message();
        record.outcome = result.error().outcome();
    }
    *context.attempt = std::move(record);
}

}  // namespace apilab::transport::internal
