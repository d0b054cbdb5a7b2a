#include "apilab/work/work_trace.hpp"

#include <optional>

namespace apilab::work {

http::TraceContext begin_trace(Rng& rng) {
    http::TraceContext trace;
    trace.high = rng.next();
    trace.low = rng.next() | 1U;
    trace.span = rng.next() | 1U;
    trace.sampled = true;
    return trace;
}

http::TraceContext delivery_trace(const Event& event, Rng& rng) {
    const std::string* value = nullptr;
    int times = 0;
    for (const auto& [name, text] : event.headers) {
        if (name == "traceparent") {
            value = &text;
            ++times;
        }
    }
    const auto received = times == 1 ? http::TraceContext::parse(*value) : std::nullopt;
    if (!received) {
        return begin_trace(rng);
    }
    http::TraceContext trace = *received;
    trace.span = rng.next() | 1U;
    return trace;
}

http::TraceContext trace_of(const Job& job) {
    return http::TraceContext::parse(job.trace_context).value_or(http::TraceContext());
}

http::TraceContext trace_of(const Message& message) {
    return http::TraceContext::parse(message.trace_context).value_or(http::TraceContext());
}

}  // namespace apilab::work
